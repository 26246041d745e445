/** Finds an invitation or device link in what someone pasted: the link alone, or a whole message around it. Pure. */
export function invitationPath(pasted: string): string | null {
  const found = /\/([il])#([A-Za-z0-9_.~-]+)/.exec(pasted);
  return found === null ? null : `/${found[1]}#${found[2]}`;
}
