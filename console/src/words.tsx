/** The two languages: every sentence stands in both beside each other, Chinese first. */
import { createContext, use, useMemo, type ReactNode } from "react";

export type Language = "zh" | "en";
export type Text = { zh: string; en: string };

export type Words = {
  language: Language;
  /** The words in the reader's language. */
  t: (zh: string, en: string) => string;
  /** A text that came from the server. */
  say: (text: Text | string | null | undefined) => string;
};

const Context = createContext<Words | null>(null);

export function WordsOf({ language, children }: { language: Language; children: ReactNode }) {
  const words = useMemo<Words>(
    () => ({
      language,
      t: (zh, en) => (language === "zh" ? zh : en),
      say: (text) => (text === null || text === undefined ? "" : typeof text === "string" ? text : text[language]),
    }),
    [language],
  );
  return <Context value={words}>{children}</Context>;
}

export function useWords(): Words {
  const words = use(Context);
  if (!words) throw new Error("words are given by the frame");
  return words;
}
