import type { ThemeConfig } from "antd";

/** The tokens of visual.md in Ant Design's terms; one accent, no shadows on cards, 6 px corners. */
export function themeOf(dark: boolean, care: boolean): ThemeConfig {
  const accent = dark ? "#4DB6AC" : "#0B7A75";
  return {
    token: {
      colorPrimary: accent,
      colorLink: accent,
      colorInfo: dark ? "#90B4E8" : "#2F5D9B",
      colorSuccess: dark ? "#81C784" : "#2E7D32",
      colorWarning: dark ? "#FFB74D" : "#B26A00",
      colorError: dark ? "#F28B82" : "#B3261E",
      colorText: dark ? "#E8ECF0" : "#1B2430",
      colorTextSecondary: dark ? "#A3ADB8" : "#5B6673",
      colorTextTertiary: dark ? "#A3ADB8" : "#5B6673",
      colorTextDescription: dark ? "#A3ADB8" : "#5B6673",
      colorTextPlaceholder: dark ? "#8D97A3" : "#6D7783",
      colorBgBase: dark ? "#12161B" : "#FFFFFF",
      colorBgContainer: dark ? "#12161B" : "#FFFFFF",
      colorBgElevated: dark ? "#1A2027" : "#FFFFFF",
      colorBorder: dark ? "#3A444F" : "#D5DADF",
      colorBorderSecondary: dark ? "#2B333C" : "#E6E9ED",
      colorTextLightSolid: dark ? "#0C1215" : "#FFFFFF",
      borderRadius: 6,
      fontSize: care ? 17 : 14,
      controlHeight: care ? 40 : 32,
      fontFamily: '"Inter", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
      motionDurationMid: "0.1s",
      motionDurationSlow: "0.15s",
      wireframe: false,
    },
    components: {
      Button: { primaryShadow: "none", defaultShadow: "none", dangerShadow: "none" },
      Table: { cellPaddingBlockSM: 6, cellPaddingInlineSM: 8, headerBg: "transparent", headerColor: dark ? "#A3ADB8" : "#5B6673", headerSplitColor: "transparent", cellFontSizeSM: care ? 15 : 13 },
      Tabs: { horizontalItemPadding: "8px 0" },
    },
  };
}
