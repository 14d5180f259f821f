// One operation as data: all that is needed to send it. Generated modules and generated forms carry these.

/**
 * Where a parameter travels and how lists and objects are written: by OpenAPI's `style` and `explode`, or as its `media`
 * type says. `querystring` (OpenAPI 3.2): the whole text behind `?`.
 */
export interface ParamDescriptor {
  readonly name: string;
  readonly in: 'path' | 'query' | 'querystring' | 'header' | 'cookie';
  readonly style: string;
  readonly explode: boolean;
  readonly media?: string;
  /** Signs that have a meaning in a URL are left as they are where they can be (`allowReserved`). */
  readonly reserved?: boolean;
  /** Properties of a whole query that is a form, where they are written in another way than usual. */
  readonly form?: FormDescriptor;
}

/** By property of a form, what is written in another way than usual. */
export type FormDescriptor = Readonly<
  Record<string, Partial<Pick<ParamDescriptor, 'style' | 'explode' | 'media' | 'reserved'>>>
>;

/** How a list goes on. `cursor`: the answer names what to ask next; `offset` and `page`: the caller counts. */
export interface PagingDescriptor {
  /** Name of the list in a page. */
  readonly items: string;
  /** Name of the next cursor in a page; absent when the caller counts. */
  readonly next?: string;
  /** Query parameter that asks for the next page; default `cursor`. */
  readonly param?: string;
  readonly style?: 'cursor' | 'offset' | 'page';
  /** A boolean of the page that is false on the last one. */
  readonly more?: string;
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
  /** Media type of the body; default `application/json`. */
  readonly media?: string;
  /** Properties of a form that are written in another way than usual. */
  readonly form?: FormDescriptor;
  readonly effect: 'read' | 'write' | 'destructive';
  readonly idempotency: 'required' | 'optional' | 'none';
  /** Where it is another than usual for its effect. */
  readonly criticality?: 'critical-plus' | 'critical' | 'sheddable-plus' | 'sheddable';
  readonly paging?: PagingDescriptor;
  /** True for an API that is no Plinth platform: `Plinth-*` fields are not sent to it. */
  readonly foreign?: boolean;
}
