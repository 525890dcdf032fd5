/** Who is signed in, and what they may do. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, type ReactNode } from "react";
import { api, ApiFault, keepCsrf, keepToken } from "./api";

export type Session = {
  name: string;
  title: string;
  person: string | null;
  roles: string[];
  permissions: string[];
  groups: string[];
  mustChangePassword: boolean;
  csrfToken: string | null;
};

type Known = { session: Session; may: (permission: string) => boolean; leave: () => Promise<void> };
const Context = createContext<Known | null>(null);

export function useSessionQuery() {
  return useQuery({
    queryKey: ["session"],
    queryFn: async () => {
      try {
        const session = await api.get<Session>("/api/session");
        keepCsrf(session.csrfToken);
        return session;
      } catch (fault) {
        if (fault instanceof ApiFault && fault.status === 401) return null;
        throw fault;
      }
    },
    staleTime: 60_000,
    retry: false,
  });
}

export function SessionOf({ session, children }: { session: Session; children: ReactNode }) {
  const queries = useQueryClient();
  useEffect(() => keepCsrf(session.csrfToken), [session]);
  const leave = async () => {
    await api.remove("/api/session").catch(() => undefined);
    keepToken(null);
    keepCsrf(null);
    queries.clear();
    window.location.assign("/");
  };
  return (
    <Context value={{ session, may: (permission) => session.permissions.includes(permission), leave }}>{children}</Context>
  );
}

export function useSession(): Known {
  const known = use(Context);
  if (!known) throw new Error("the session is given by the frame");
  return known;
}
