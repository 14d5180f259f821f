// oidc-provider, loaded without its remark about releases that are not LTS yet: Node 26 is what we test it on, and the
// remark would be the first line that anybody reads of Plinth.

const { console } = globalThis;
const usual = Object.getOwnPropertyDescriptor(console, 'warn') ?? {};
Object.defineProperty(console, 'warn', { ...usual, value: () => {} });

/** The values we use of the library; its types are imported from it directly. */
export const { Provider, errors } = await import('oidc-provider').finally(() => {
  Object.defineProperty(console, 'warn', usual);
});
