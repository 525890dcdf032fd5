import { MutationCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App as Ant, ConfigProvider, theme } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { lazy } from "react";
import { createBrowserRouter, RouterProvider } from "react-router";
import { ApiFault } from "./api";
import { Frame } from "./frame";
import { SettingsOf, useSettings } from "./settings";
import { themeOf } from "./theme";
import { WordsOf } from "./words";

const Overview = lazy(() => import("./screens/overview"));
const LogList = lazy(() => import("./screens/logs"));
const LogImport = lazy(() => import("./screens/log-import"));
const LogDetail = lazy(() => import("./screens/log"));
const ProcessMap = lazy(() => import("./screens/process-map"));
const Findings = lazy(() => import("./screens/findings"));
const Initiatives = lazy(() => import("./screens/initiatives"));
const Initiative = lazy(() => import("./screens/initiative"));
const Options = lazy(() => import("./screens/options"));
const Library = lazy(() => import("./screens/library"));
const Pack = lazy(() => import("./screens/pack"));
const Studio = lazy(() => import("./screens/studio"));
const Drawing = lazy(() => import("./screens/drawing"));
const Operations = lazy(() => import("./screens/operations"));
const ProcessView = lazy(() => import("./screens/operations-process"));
const InstanceView = lazy(() => import("./screens/operations-instance"));
const Inbox = lazy(() => import("./screens/inbox"));
const Administration = lazy(() => import("./screens/administration"));
const Room = lazy(() => import("./screens/room"));
const About = lazy(() => import("./screens/about"));

const router = createBrowserRouter([
  {
    element: <Frame />,
    children: [
      { path: "/", element: <Overview /> },
      { path: "/initiatives", element: <Initiatives /> },
      { path: "/initiatives/:id/:step?", element: <Initiative /> },
      { path: "/options/:id?", element: <Options /> },
      { path: "/library", element: <Library /> },
      { path: "/library/:id", element: <Pack /> },
      { path: "/logs", element: <LogList /> },
      { path: "/logs/import/:id?", element: <LogImport /> },
      { path: "/logs/:id", element: <LogDetail /> },
      { path: "/map/:id?", element: <ProcessMap />, handle: { flush: true } },
      { path: "/findings/:id?", element: <Findings /> },
      { path: "/studio", element: <Studio /> },
      { path: "/studio/:id", element: <Drawing />, handle: { flush: true } },
      { path: "/operations", element: <Operations /> },
      { path: "/operations/processes/:key", element: <ProcessView /> },
      { path: "/operations/instances/:key", element: <InstanceView /> },
      { path: "/inbox/:id?", element: <Inbox />, handle: { flush: true } },
      { path: "/robots", element: <Room room="robots" /> },
      { path: "/risk", element: <Room room="risk" /> },
      { path: "/centres", element: <Room room="centres" /> },
      { path: "/administration/:part?", element: <Administration /> },
      { path: "/about", element: <About /> },
      { path: "*", element: <Room room="none" /> },
    ],
  },
]);

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      retry: (count, fault) => !(fault instanceof ApiFault) && count < 2,
    },
  },
  mutationCache: new MutationCache(),
});

function Themed() {
  const { language, dark, care } = useSettings();
  return (
    <WordsOf language={language}>
      <ConfigProvider
        locale={language === "zh" ? zhCN : enUS}
        theme={{ ...themeOf(dark, care), algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm }}
        button={{ autoInsertSpace: false }}
      >
        <Ant component={false}>
          <RouterProvider router={router} />
        </Ant>
      </ConfigProvider>
    </WordsOf>
  );
}

export function App() {
  return (
    <SettingsOf>
      <QueryClientProvider client={queries}>
        <Themed />
      </QueryClientProvider>
    </SettingsOf>
  );
}
