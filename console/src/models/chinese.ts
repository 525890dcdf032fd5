/** The modeller's own words in Chinese. What is not listed stays English. */
const WORDS: Record<string, string> = {
  "Activate hand tool": "手形工具", "Activate lasso tool": "框选", "Activate create/remove space tool": "增减空间", "Activate global connect tool": "连线工具",
  "Create start event": "开始事件", "Create intermediate/boundary event": "中间 / 边界事件", "Create end event": "结束事件", "Create gateway": "网关", "Create task": "任务",
  "Create expanded sub-process": "展开的子流程", "Create data object reference": "数据对象", "Create data store reference": "数据存储", "Create pool/participant": "泳池", "Create group": "分组",
  "Append task": "添加任务", "Append gateway": "添加网关", "Append end event": "添加结束事件", "Append intermediate/boundary event": "添加中间 / 边界事件", "Append {type}": "添加{type}",
  "Change element": "更换类型", Delete: "删除", Remove: "删除", "Connect to other element": "连接到其他元素", "Connect using association": "用关联连接", "Add text annotation": "添加注释",
  Task: "任务", "User task": "人工任务", "Service task": "服务任务", "Send task": "发送任务", "Receive task": "接收任务", "Manual task": "手工任务", "Business rule task": "决策任务", "Script task": "脚本任务",
  "Call activity": "调用活动", "Sub-process (collapsed)": "子流程（折叠）", "Sub-process (expanded)": "子流程（展开）", "Sub-process": "子流程", Transaction: "事务", "Event sub-process": "事件子流程",
  "Ad-hoc sub-process (collapsed)": "自由子流程（折叠）", "Ad-hoc sub-process (expanded)": "自由子流程（展开）",
  "Exclusive gateway": "排他网关", "Parallel gateway": "并行网关", "Inclusive gateway": "包容网关", "Complex gateway": "复杂网关", "Event-based gateway": "事件网关",
  "Start event": "开始事件", "End event": "结束事件", "Message start event": "消息开始", "Timer start event": "定时开始", "Conditional start event": "条件开始", "Signal start event": "信号开始",
  "Intermediate throw event": "中间事件", "Message intermediate catch event": "等待消息", "Message intermediate throw event": "发出消息", "Timer intermediate catch event": "等待时间",
  "Signal intermediate catch event": "等待信号", "Signal intermediate throw event": "发出信号", "Message end event": "消息结束", "Error end event": "错误结束", "Terminate end event": "终止结束", "Signal end event": "信号结束", "Escalation end event": "升级结束", "Compensation end event": "补偿结束",
  "Message boundary event": "消息边界", "Timer boundary event": "定时边界", "Error boundary event": "错误边界", "Signal boundary event": "信号边界", "Escalation boundary event": "升级边界", "Compensation boundary event": "补偿边界",
  "Message boundary event (non-interrupting)": "消息边界（不打断）", "Timer boundary event (non-interrupting)": "定时边界（不打断）",
  "Parallel multi-instance": "并行多实例", "Sequential multi-instance": "顺序多实例", Loop: "循环", Collection: "集合", "Sequence flow": "顺序流", "Default flow": "默认流", "Conditional flow": "条件流",
  "Search in diagram": "在图中查找", "Add lane above": "上方加泳道", "Add lane below": "下方加泳道", "Divide into two lanes": "分成两道", "Divide into three lanes": "分成三道",
};

export function chinese(template: string, replacements: Record<string, string> = {}): string {
  const text = WORDS[template] ?? template;
  return text.replaceAll(/\{([^}]+)\}/g, (whole: string, key: string) => {
    const found = replacements[key];
    return found === undefined ? whole : (WORDS[found] ?? found);
  });
}
