/** What a reader chose: language, light or dark, large type, the bank's zone. Kept in this browser. */
import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from "react";
import type { Language } from "./words";

export type Settings = { language: Language; dark: boolean; care: boolean; zone: string; rate: number };
export type Chosen = Settings & { choose: (changes: Partial<Settings>) => void };

const KEY = "zaizao.settings";
/** Fen per hour of a person's work, until a reader sets the bank's own. */
const RATE = 10_000;

function first(): Settings {
  const kept: Partial<Settings> = JSON.parse(localStorage.getItem(KEY) ?? "{}");
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  return { language: "zh", dark, care: false, zone: "Asia/Shanghai", rate: RATE, ...kept };
}

const Context = createContext<Chosen | null>(null);

export function SettingsOf({ children }: { children: ReactNode }) {
  const [settings, set] = useState(first);
  const choose = useCallback((changes: Partial<Settings>) => {
    set((before) => {
      const after = { ...before, ...changes };
      localStorage.setItem(KEY, JSON.stringify(after));
      return after;
    });
  }, []);
  useEffect(() => {
    const root = document.documentElement;
    root.lang = settings.language === "zh" ? "zh-CN" : "en";
    root.dataset.theme = settings.dark ? "dark" : "light";
    root.dataset.care = settings.care ? "on" : "off";
  }, [settings]);
  const value = useMemo(() => ({ ...settings, choose }), [settings, choose]);
  return <Context value={value}>{children}</Context>;
}

export function useSettings(): Chosen {
  const chosen = use(Context);
  if (!chosen) throw new Error("settings are given by the frame");
  return chosen;
}
