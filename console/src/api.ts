/** Requests to the server. A session's cookie goes along by itself; a token or the CSRF word by header. */

/** What went wrong, as the server said it (RFC 7807). */
export class ApiFault extends Error {
  constructor(readonly status: number, readonly detail: string) {
    super(detail);
  }
}

const TOKEN = "zaizao.token";
let csrf: string | null = null;

export function keepCsrf(word: string | null): void {
  csrf = word;
}
export function keepToken(token: string | null): void {
  if (token) sessionStorage.setItem(TOKEN, token);
  else sessionStorage.removeItem(TOKEN);
}

/** Whether a token stands in for a session, so that plain addresses (frames, links) carry no sign-in. */
export function signedByToken(): boolean {
  return sessionStorage.getItem(TOKEN) !== null;
}

function headers(change: boolean): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN);
  const found: Record<string, string> = {};
  if (token) found["Authorization"] = `Bearer ${token}`;
  if (change && csrf) found["X-CSRF-Token"] = csrf;
  return found;
}

export async function request(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const form = body instanceof FormData;
  const given = headers(method !== "GET");
  if (body !== undefined && !form) given["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method,
    headers: given,
    body: body === undefined ? null : form ? body : JSON.stringify(body),
    credentials: "same-origin",
    signal: signal ?? null,
  });
  if (answer.ok) return answer;
  const said = await answer.text();
  let detail = said || answer.statusText;
  try {
    const document = JSON.parse(said) as { detail?: unknown };
    if (typeof document.detail === "string") detail = document.detail;
  } catch {
    // not a problem document: what was said stands as it is
  }
  throw new ApiFault(answer.status, detail);
}

async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await request(method, path, body);
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export const api = {
  get: <T>(path: string) => json<T>("GET", path),
  post: <T>(path: string, body?: unknown) => json<T>("POST", path, body),
  put: <T>(path: string, body?: unknown) => json<T>("PUT", path, body),
  patch: <T>(path: string, body?: unknown) => json<T>("PATCH", path, body),
  remove: (path: string) => json<unknown>("DELETE", path),
  text: async (path: string) => (await request("GET", path)).text(),
};

export type Found<T> = { items: T[]; page: { totalItems: number } };

/** A search at the `/v2` door. */
export function search<T>(what: string, filter: object = {}, page: object = { limit: 100 }, sort: object[] = []) {
  return api.post<Found<T>>(`/v2/${what}/search`, { filter, page, sort });
}

/** A path with its query; what is undefined or empty is left out. */
export function query(path: string, wanted: Record<string, string | number | boolean | undefined>): string {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) {
    if (value !== undefined && value !== "") found.set(name, String(value));
  }
  const text = found.toString();
  return text ? `${path}?${text}` : path;
}

/** Fetch a file and let the browser save it. */
export async function download(path: string, name: string): Promise<void> {
  const blob = await (await request("GET", path)).blob();
  save(blob, name);
}

export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Listen to server-sent events by fetch, so that a token can go along. Ends when the server does. */
export async function listen(path: string, heard: (event: string, data: unknown) => void, signal: AbortSignal): Promise<void> {
  const answer = await request("GET", path, undefined, signal);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return;
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1] ?? "message";
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data) heard(event, JSON.parse(data));
    }
  }
}
