/** 11–13 and unknown addresses: what the screen will show, and where the same can be seen today. */
import { Button } from "antd";
import { useNavigate } from "react-router";
import { Nothing } from "../states";
import { useWords, type Text } from "../words";

type Named = { title: Text; words: Text; to: string; act: Text };
const ROOMS: Record<"robots" | "risk" | "centres" | "none", Named> = {
  robots: {
    title: { zh: "还没有登记机器人", en: "No robots are registered" },
    words: { zh: "机器人登记后，队列、运行轨迹与截图、时间表和凭据会在这里。现在可先看哪些活动适合机器人。", en: "Once robots are registered, their queues, runs with traces and screenshots, schedules and credentials stand here. Meanwhile see which activities suit one." },
    to: "/findings?part=robots", act: { zh: "看候选活动", en: "See the candidates" },
  },
  risk: {
    title: { zh: "还没有监测规则", en: "No rules watch yet" },
    words: { zh: "规则登记后，预警、命中与准确率、关系图和回测会在这里。预警作为待办已可办理。", en: "Once rules are registered, alerts, hits and precision, the entity graph and back-tests stand here. Alerts that come as work items can be handled in the inbox." },
    to: "/inbox", act: { zh: "去待办", en: "Go to the inbox" },
  },
  centres: {
    title: { zh: "还没有启用能力中心", en: "No centre is set up" },
    words: { zh: "支付、对账、账务、旅程与报文中心启用后会在这里。", en: "Payments, reconciliation, ledger, journeys and messages stand here once they are set up." },
    to: "/operations", act: { zh: "去运行", en: "Go to operations" },
  },
  none: {
    title: { zh: "没有这个页面", en: "There is no such page" },
    words: { zh: "地址可能写错了，或内容已被删除。", en: "The address may be wrong, or what it led to is gone." },
    to: "/", act: { zh: "回驾驶舱", en: "Back to the overview" },
  },
};

export default function Room({ room }: { room: keyof typeof ROOMS }) {
  const { say } = useWords();
  const navigate = useNavigate();
  const one = ROOMS[room];
  return <Nothing title={say(one.title)} action={<Button onClick={() => void navigate(one.to)}>{say(one.act)}</Button>}>{say(one.words)}</Nothing>;
}
