/** The relation that owner checks name: `relation: [owner, delegate]`. */
export const delegate = 'delegate';
