"""What each rule's code says: the fact and the remedy, in Chinese and English.

Rule kept: one row per code, ``(fact zh, fact en, remedy zh, remedy en)``; a rule never writes sentences itself.
"""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str, str, str]] = {
    "id.twice": ("编号与另一元素重复", "its id is used twice", "给它一个新的编号", "give it an id of its own"),
    "id.missing": ("没有编号", "it has no id", "给它一个编号", "give it an id"),
    "reference.wrong": (
        "引用的元素不存在或类型不对", "it refers to an element that is missing or of the wrong kind",
        "改为引用正确类型的已有元素", "refer to an existing element of the right kind"),
    "reference.data": (
        "数据关联的一端不是数据元素", "an end of the data association is not data",
        "连接到数据对象、输入或输出", "connect it to a data object, an input or an output"),
    "flow.loose-end": (
        "顺序流的一端没有连接到流程节点", "an end of the flow is not at a node",
        "把两端都连接到活动、事件或网关", "connect both ends to activities, events or gateways"),
    "flow.crosses-scope": (
        "顺序流跨越了流程或子流程的边界", "the flow crosses the border of a process or sub-process",
        "流程之间用消息流，子流程内外用边界事件", "use a message flow between pools, events at a sub-process's border"),
    "flow.immediate": (
        "可执行流程中不允许 isImmediate", "isImmediate has no place in an executable process",
        "删去该属性", "remove the attribute"),
    "flow.condition-misplaced": (
        "条件不能写在事件或事件网关之后的连线上", "a condition cannot stand after an event or an event-based gateway",
        "删去条件，或改用排他网关", "remove the condition, or decide with an exclusive gateway"),
    "flow.condition-alone": (
        "带条件的连线是该活动唯一的出路", "the conditional flow is the only way on from its activity",
        "加一条默认连线", "add a default flow"),
    "scope.no-end": (
        "有开始事件却没有结束事件", "it has a start event but no end event", "加上结束事件", "add an end event"),
    "scope.no-start": (
        "有结束事件却没有开始事件", "it has an end event but no start event", "加上开始事件", "add a start event"),
    "scope.choreography": (
        "编排元素不能放在流程里", "choreography does not belong in a process", "改用任务或调用活动", "use a task or a call"),
    "node.not-entered": ("没有连线进入", "no flow enters it", "连上前一步", "connect it to what comes before"),
    "node.not-left": ("没有连线离开", "no flow leaves it", "连上后一步或结束事件", "connect it to what follows"),
    "node.default-elsewhere": (
        "默认连线不是从这里出发的", "its default flow does not leave from here",
        "选自己的一条出线作默认", "choose one of its own flows"),
    "start.entered": ("有连线进入开始事件", "a flow enters the start event", "改连到其后的节点", "lead it to what follows"),
    "start.not-left": ("开始事件没有出线", "no flow leaves the start event", "连上第一步", "connect it to the first step"),
    "end.left": ("有连线离开结束事件", "a flow leaves the end event", "删去连线或改用中间事件", "use an intermediate event"),
    "boundary.entered": ("有连线进入边界事件", "a flow enters the boundary event", "删去该连线", "remove the flow"),
    "boundary.not-left": ("边界事件没有出线", "no flow leaves the boundary event", "连上处理步骤", "connect its handling"),
    "boundary.compensation-flow": (
        "补偿边界事件不能有顺序流出线", "a compensation event has no sequence flow",
        "用关联指向补偿活动", "point at the handler by an association"),
    "link.catch-entered": (
        "有连线进入捕获链接事件", "a flow enters the catching link", "删去连线，由抛出链接到达", "reach it by a throwing link"),
    "link.throw-left": (
        "有连线离开抛出链接事件", "a flow leaves the throwing link", "删去连线，从捕获链接继续", "go on from the catching link"),
    "link.no-catch": (
        "同一层没有对应的捕获链接", "no catching link of this name in its scope",
        "加上同名的捕获链接", "add a catching link of the same name"),
    "link.no-throw": (
        "同一层没有对应的抛出链接", "no throwing link of this name in its scope",
        "加上同名的抛出链接", "add a throwing link of the same name"),
    "link.two-catches": (
        "同一层有两个同名的捕获链接", "two catching links of this name in its scope", "改名其中一个", "rename one of them"),
    "link.contradiction": (
        "指向的捕获链接并不认它为来源", "the catching link it names does not name it",
        "两端互相引用或用同名", "let both refer to each other"),
    "gateway.direction": (
        "网关声明的方向与连线数不符", "its stated direction does not fit its flows",
        "改正 gatewayDirection 或连线", "correct gatewayDirection or the flows"),
    "gateway.dead-end": ("网关没有出线", "no flow leaves the gateway", "连上后续步骤", "connect it to what follows"),
    "event-gateway.few": (
        "事件网关至少要有两条出线", "an event-based gateway needs two ways on", "加上另一事件", "add another event"),
    "event-gateway.target": (
        "事件网关之后只能是消息、定时、信号、条件事件或接收任务",
        "only message, timer, signal, conditional events and receive tasks follow an event-based gateway",
        "改用允许的事件", "use one of these"),
    "event-gateway.shared": (
        "事件网关的目标还有其他入线", "another flow enters this target of an event-based gateway",
        "删去其他入线", "remove the other flow"),
    "event-gateway.boundary": (
        "事件网关之后的接收任务带有边界事件", "the receive task after an event-based gateway has a boundary event",
        "去掉边界事件", "remove the boundary event"),
    "event-gateway.mixed": (
        "事件网关之后混用了消息事件和接收任务", "message events and receive tasks are mixed after the gateway",
        "只用其中一种", "use one sort only"),
    "event-scope.flow": (
        "事件子流程不能有顺序流进出", "no flow enters or leaves an event sub-process", "删去该连线", "remove the flow"),
    "event-scope.starts": (
        "事件子流程必须恰有一个开始事件", "an event sub-process has exactly one start event",
        "只保留一个开始事件", "keep one start event"),
    "ad-hoc.event": (
        "特别子流程里不能有开始或结束事件", "an ad-hoc sub-process has no start or end events",
        "删去该事件", "remove the event"),
    "loop.two": ("同时有两种循环标记", "it has two sorts of loop", "只保留一种", "keep one"),
    "loop.no-count": (
        "多实例没有次数也没有集合", "the loop has neither a number nor a collection",
        "写明集合或次数", "give a collection or a number"),
    "loop.item": (
        "循环的单项与集合元素的结构不符", "the loop's item is not an element of its collection",
        "使两者结构一致", "give both the same structure"),
    "transaction.method": (
        "事务的 method 不是 URI", "the transaction's method is no URI", "写成 URI 或 ##Compensate", "write a URI"),
    "receive.entered": (
        "启动流程的接收任务有入线", "a flow enters the receive task that starts the process",
        "删去入线或取消 instantiate", "remove the flow or instantiate"),
    "compensation.in-flow": (
        "补偿活动不能在顺序流中", "a compensation handler stands outside the flow",
        "删去它的连线", "remove its flows"),
    "compensation.unmarked": (
        "补偿事件指向的活动没有补偿标记", "the handler is not marked for compensation",
        "设置 isForCompensation", "set isForCompensation"),
    "process.public": (
        "公共流程不能是可执行的", "a public process is not executable",
        "改为 Private，或取消可执行", "make it private, or not executable"),
    "call.no-none-start": (
        "被调用的流程没有无触发的开始事件", "the called process has no start event without trigger",
        "给它加上普通开始事件", "give it a plain start event"),
    "call.data": (
        "输入输出与被调用的元素不符", "its inputs and outputs are not those of what it calls",
        "使数量和结构一致", "make number and structure agree"),
    "text.format": ("文本格式不是 MIME 类型", "the text format is no MIME type", "写 text/plain", "write text/plain"),
    "condition.empty": ("条件为空", "the condition is empty", "写上 FEEL 条件", "write a FEEL condition"),
    "condition.number": (
        "条件是一个数，不是真假", "the condition is a number, not true or false", "写上比较式", "write a comparison"),
    "expression.empty": ("表达式为空", "the expression is empty", "写上表达式", "write the expression"),
    "event.definition-misplaced": (
        "这种触发不能用在这个位置的事件上", "this trigger cannot stand at this place",
        "改用允许的触发", "use a trigger that may stand here"),
    "event.no-definition": (
        "这个位置的事件必须有触发", "an event at this place needs a trigger", "加上触发", "give it a trigger"),
    "event.cancel-outside": (
        "取消事件只能用于事务", "a cancel event belongs to a transaction", "改用事务，或改用错误事件", "use an error event"),
    "event.no-message": ("没有写明消息", "it names no message", "选择一个消息", "choose a message"),
    "event.no-signal": ("没有写明信号", "it names no signal", "选择一个信号", "choose a signal"),
    "event.no-escalation-code": (
        "抛出的升级没有代码", "the escalation it throws has no code", "写上升级代码", "give the escalation a code"),
    "event.data-count": (
        "事件的数据与触发所带的数据个数不符", "the event's data are not as many as its triggers carry",
        "每个带数据的触发配一个", "give one for each trigger with data"),
    "event.data-item": (
        "事件的数据与触发所带的数据结构不符", "the event's data differ from what its trigger carries",
        "使结构一致", "give both the same structure"),
    "timer.forms": (
        "定时须恰有日期、时长、周期之一", "a timer has one of date, duration, cycle", "只保留一种", "keep exactly one"),
    "timer.value": (
        "定时的写法不符合 ISO 8601", "the timer's value is not ISO 8601",
        "写成如 PT1H、R3/PT10M 或 2026-01-31T09:00:00Z", "write e.g. PT1H, R3/PT10M or 2026-01-31T09:00:00Z"),
    "data.collection": (
        "是否为集合与其数据类型不一致", "it and its item disagree on being a collection",
        "使 isCollection 一致", "make isCollection agree"),
    "data.state-name": (
        "名称没有带上状态", "its name does not tell the state", "命名为“名称 [状态]”", "name it “name [state]”"),
    "data.embedded": (
        "嵌入子流程不能声明输入输出", "an embedded sub-process has no inputs and outputs",
        "放到活动上，或改用调用活动", "declare them on activities, or use a call"),
    "data.into-input": (
        "数据写入了流程的输入", "data is written into the process's input", "写入输出", "write into an output"),
    "data.from-output": (
        "从流程的输出读取数据", "data is read from the process's output", "从输入读取", "read from an input"),
    "data.structure": (
        "数据关联两端的结构不同", "both ends of the data association differ in structure",
        "使结构一致或加转换", "make them agree, or transform"),
    "data.no-set": ("不属于任何输入输出集", "it is in no set", "把它列入一个集合", "list it in a set"),
    "data.set-member": (
        "可选或执行中的数据不在该集合里", "its optional or running data are not in the set",
        "把它们也列入该集合", "list them in the set as well"),
    "data.sets-disagree": (
        "输入集与输出集没有互相引用", "input and output set do not refer to each other",
        "两边互相引用", "refer both ways"),
    "service.one": (
        "服务任务只能有一个输入和一个输出", "a task for a service has one input and one output",
        "只保留一个", "keep one of each"),
    "service.item": (
        "数据结构与消息的不同", "its structure is not that of the message", "使结构一致", "make them agree"),
    "interface.unbound": (
        "声明了接口却没有绑定操作", "it offers an interface but binds no operation", "加上 ioBinding", "add an ioBinding"),
    "resource.both": (
        "同时写了资源和指派表达式", "it has a resource and an expression", "只保留一种", "keep one"),
    "resource.unnamed": (
        "有资源参数却没有资源", "it has parameters but no resource", "写明资源", "name the resource"),
    "message-flow.same-pool": (
        "消息流两端在同一个泳池", "both ends of the message flow are in one pool", "改用顺序流", "use a sequence flow"),
    "message-flow.sender": (
        "这个事件不能发送消息", "this event cannot send a message",
        "改为抛出消息的中间或结束事件", "make it a throwing message event"),
    "message-flow.receiver": (
        "这个事件不能接收消息", "this event cannot receive a message",
        "改为捕获消息的事件", "make it a catching message event"),
    "participant.range": (
        "参与者数目的范围不对", "the range of participants is wrong", "写非负整数且最大不小于最小", "write 0 ≤ minimum ≤ maximum"),
    "conversation.content": (
        "全局会话里只能有参与者和消息流", "a global conversation has participants and message flows only",
        "移走其他元素", "move the rest elsewhere"),
    "file.flow-list": (
        "列出的进出连线与实际连线不符", "the flows it lists are not those that it has",
        "用建模工具打开并保存一次", "open and save it once in a modeller"),
    "run.informal": (
        "要执行的表达式没有写明类型", "an expression to be run does not say its type",
        "写上 xsi:type=\"tFormalExpression\"", "write xsi:type=\"tFormalExpression\""),
    "file.definition-reference": (
        "引用的事件定义不在文件顶层", "the event definition it refers to is not at the top of the file",
        "把定义移到顶层，或写在事件里", "move the definition to the top, or into the event"),
    "run.script": (
        "脚本不是 FEEL，引擎不执行", "the script is not FEEL; the engine does not run it",
        "改写为 zeebe:script 的 FEEL 表达式，或改为服务任务", "write it in FEEL as a zeebe:script, or make it a service task"),
    "run.no-script": (
        "脚本任务没有脚本", "the script task has no script", "写上 FEEL 表达式和结果变量", "give a FEEL expression"),
    "run.no-job": (
        "没有作业类型", "it has no job type", "写上 zeebe:taskDefinition 的 type", "give a zeebe:taskDefinition type"),
    "run.no-decision": (
        "没有指明决策", "it names no decision", "写上 zeebe:calledDecision", "give a zeebe:calledDecision"),
    "run.no-called": (
        "没有指明被调用的流程", "it names no process to call", "写上 zeebe:calledElement", "give a zeebe:calledElement"),
    "run.no-message": (
        "没有指明要等的消息", "it names no message to wait for", "选择一个有名称的消息", "choose a message with a name"),
    "run.no-correlation": (
        "消息没有关联键，不知道该给哪个实例", "its message has no correlation key to find its instance by",
        "在消息上写 zeebe:subscription 的 correlationKey", "give the message a zeebe:subscription correlationKey"),
    "run.operation": (
        "消息带有数据类型，却没有指明操作", "its message has an item, but the event names no operation",
        "写上 operationRef，或去掉消息的 itemRef", "give an operationRef, or remove the message's itemRef"),
    "run.no-condition": (
        "这条出线没有条件，也不是默认连线", "this way on has no condition and is not the default",
        "写上 FEEL 条件，或设为默认", "give a FEEL condition, or make it the default"),
    "run.quantity": (
        "启动或完成数量不是正整数", "its start or completion quantity is no count from 1",
        "设为 1", "make it 1"),
    "run.no-listener": (
        "监听的事件在这里不会发生", "its listener waits for an event that has no moment here",
        "改用 start 或 end，或放到别的元素上", "use start or end, or put it on another element"),
    "run.no-start": (
        "可执行流程没有开始事件，无法启动", "the executable process has no start event",
        "加上开始事件", "add a start event"),
    "run.nothing": (
        "文件里没有可执行的流程", "the file has no executable process",
        "设置 isExecutable=\"true\"", "set isExecutable=\"true\""),
}  # fmt: skip
