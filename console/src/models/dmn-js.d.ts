declare module "dmn-js/lib/Modeler" {
  export default class Modeler {
    constructor(options: { container: HTMLElement; [name: string]: unknown });
    importXML(source: string): Promise<unknown>;
    saveXML(options?: { format?: boolean }): Promise<{ xml: string }>;
    getViews(): { element: { id: string; name?: string }; type: string; id: string }[];
    getActiveView(): { element: { id: string }; type: string } | undefined;
    getActiveViewer(): { on?: (event: string, heard: () => void) => void; get: <T>(name: string) => T } | undefined;
    open(view: unknown): Promise<unknown>;
    on(event: string, heard: (event: unknown) => void): void;
    destroy(): void;
  }
}
declare module "dmn-js/lib/NavigatedViewer" {
  import Modeler from "dmn-js/lib/Modeler";
  export default class NavigatedViewer extends Modeler {}
}
declare module "zeebe-bpmn-moddle/resources/zeebe.json" {
  const descriptor: object;
  export default descriptor;
}
