declare module '*.svg' {
  const address: string;
  // oxlint-disable-next-line import/no-default-export -- the shape of a bundled file.
  export default address;
}
declare module '*.css';
