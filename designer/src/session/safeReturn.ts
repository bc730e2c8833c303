/** Where to go after signing in: only a path of this server, never another site, however it is written. */
export function safeReturn(target: string | null): string {
  if (!target || !target.startsWith('/') || /^\/[/\\]/.test(target) || target.startsWith('/sign-in')) return '/';
  try {
    const url = new URL(target, 'http://here.invalid');
    return url.origin === 'http://here.invalid' ? url.pathname + url.search + url.hash : '/';
  } catch {
    return '/';
  }
}
