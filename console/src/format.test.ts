import { describe, expect, it } from "vitest";
import { ago, change, day, duration, figure, hours, minute, money, number, share } from "./format";

describe("figures", () => {
  it("writes money from fen, in 万 and 亿 where Chinese readers expect it", () => {
    expect(money(12_345, "zh")).toBe("123.45\u2009元");
    expect(money(1_234_567_00, "zh")).toBe("123\u2009万元");
    expect(money(234_567_00, "zh")).toBe("23.5\u2009万元");
    expect(money(3_450_000_000_00, "zh")).toBe("34.50\u2009亿元");
    expect(money(1_234_567_00, "en")).toBe("¥1.23\u2009m");
    expect(money(-5_00, "en")).toBe("¥-5.00");
    expect(money(null, "en")).toBe("–");
  });
  it("chooses the unit of a duration by its size", () => {
    expect(duration(45, "zh")).toBe("45\u2009秒");
    expect(duration(90, "en")).toBe("1.5\u2009min");
    expect(duration(3 * 86_400, "zh")).toBe("3.0\u2009天");
    expect(duration(40 * 86_400, "en")).toBe("40\u2009d");
    expect(duration(Number.NaN, "en")).toBe("–");
  });
  it("shows instants in the bank's zone, whatever the machine's", () => {
    const at = Date.UTC(2026, 2, 1, 16, 5) * 1000;
    expect(day(at, "Asia/Shanghai")).toBe("2026-03-02");
    expect(minute(at, "Asia/Shanghai")).toBe("2026-03-02 00:05");
    expect(minute("2026-07-01T12:00:00.000Z", "Europe/Amsterdam")).toBe("2026-07-01 14:00");
  });
  it("signs changes with a true minus and shares with one unit", () => {
    expect(change(-0.314)).toBe("−31 %");
    expect(change(0.05)).toBe("+5 %");
    expect(change(0.001)).toBe("±0 %");
    expect(share(0.1234, 1)).toBe("12.3 %");
    expect(number(1234567)).toBe("1,234,567");
    expect(hours(4.56, "en")).toBe("4.6\u2009h");
  });
  it("says how long ago in one figure", () => {
    const now = Date.UTC(2026, 0, 2);
    expect(ago(Date.UTC(2026, 0, 1) * 1000, now, "zh")).toBe("1.0\u2009天前");
    expect(ago(Date.UTC(2026, 0, 2, 2) * 1000, now, "en")).toBe("in 2.0\u2009h");
  });
  it("writes a redesign figure in its own unit", () => {
    expect(figure(0.052, "share", "zh")).toBe("5.2 %");
    expect(figure(86400, "s", "en")).toBe("1.0\u2009d");
  });
});
