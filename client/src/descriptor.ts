// One operation as data: all that is needed to send it. Generated modules and generated forms carry these.

/** Where a parameter travels and how lists and objects are written (OpenAPI `style` and `explode`). */
export interface ParamDescriptor {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly style: string;
  readonly explode: boolean;
}

export interface OperationDescriptor {
  readonly capability: string;
  readonly id: string;
  /** Upper case. */
  readonly method: string;
  /** With the contract's base path: `/orders/v1/orders/{orderId}`. */
  readonly path: string;
  readonly params: readonly ParamDescriptor[];
  readonly hasBody: boolean;
  readonly effect: 'read' | 'write' | 'destructive';
  readonly idempotency: 'required' | 'optional' | 'none';
  /** Names of the list and of the next cursor in a page. */
  readonly paging?: { readonly items: string; readonly next: string };
}
