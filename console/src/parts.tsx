/** Small parts that every screen uses: the heading that says the finding, big figures, a source line. */
import { useEffect, useState, type ReactNode } from "react";
import { useWords } from "./words";

export function Heading({ title, under, crumb, children }: { title: string; under?: ReactNode; crumb?: ReactNode; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · 再造 Zaizao`;
  }, [title]);
  return (
    <header className="heading">
      <div>
        {crumb ? <div className="crumb">{crumb}</div> : null}
        <h1>{title}</h1>
        {under ? <div className="under">{under}</div> : null}
      </div>
      {children ? <div className="acts">{children}</div> : null}
    </header>
  );
}

export function Fact({ name, value, unit, tone, lesser, note }: { name: ReactNode; value: ReactNode; unit?: string; tone?: string; lesser?: boolean; note?: ReactNode }) {
  return (
    <div className={lesser ? "fact lesser" : "fact"}>
      <div className={`value ${tone ?? ""}`}>
        {value}
        {unit ? <small>{unit}</small> : null}
      </div>
      <div className="name">{name}</div>
      {note ? <div className="small quiet">{note}</div> : null}
    </div>
  );
}

export function Source({ children }: { children: ReactNode }) {
  const { t } = useWords();
  return <div className="source">{t("来源：", "Source: ")}{children}</div>;
}

/** Now, in milliseconds, looked at again every half minute. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** A click on a row that the keyboard reaches too. */
export function picks(act: () => void) {
  return {
    tabIndex: 0,
    onClick: act,
    onKeyDown: (event: { key: string; target: EventTarget; currentTarget: EventTarget; preventDefault: () => void }) => {
      if (event.target === event.currentTarget && (event.key === "Enter" || event.key === " ")) {
        event.preventDefault();
        act();
      }
    },
  };
}
