// A foreign shop for the mock's tests: everything the resource table infers, each thing once.

export const shop = `
openapi: 3.1.0
info: { title: Shop, version: 1.0.0 }
paths:
  /me:
    get: { operationId: readMe, responses: { '200': { $ref: '#/components/responses/Profile' } } }
    patch:
      operationId: changeMe
      requestBody:
        content:
          application/merge-patch+json: { schema: { type: object } }
          application/json-patch+json: { schema: { type: array, items: { type: object } } }
      responses: { '200': { $ref: '#/components/responses/Profile' } }
  /orders:
    get:
      operationId: findOrders
      parameters:
        - { name: page, in: query, schema: { type: integer } }
        - { name: size, in: query, schema: { type: integer } }
        - { name: fields, in: query, schema: { type: string } }
      responses:
        '200':
          description: Some.
          headers:
            Link: { schema: { type: string } }
            X-Total-Count: { schema: { type: integer } }
            X-Region: { schema: { type: string, const: eu } }
          content:
            application/json:
              schema:
                type: object
                required: [orders, links]
                properties:
                  orders: { type: array, items: { $ref: '#/components/schemas/Order' } }
                  links:
                    type: object
                    required: [self]
                    properties: { self: { type: string }, next: { type: string }, prev: { type: string }, last: { type: string } }
    post:
      operationId: placeOrder
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [product]
              properties: { product: { type: string }, voucher: { type: string }, hook: { type: string, format: uri } }
            examples:
              gift: { value: { product: gift } }
              none: { value: { product: nothing } }
      callbacks:
        shipped:
          '{$request.body#/hook}':
            post:
              requestBody:
                content:
                  application/json:
                    schema:
                      type: object
                      required: [number, state]
                      properties: { number: { type: string }, state: { type: string, enum: [open, cancelled] } }
              responses: { '204': { description: Thanks. } }
      responses:
        '201':
          description: Placed.
          links: { read: { operationId: readOrder, parameters: { order: '$response.body#/number' } } }
          content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } }
        '400': { $ref: '#/components/responses/Fault' }
  /orders/{order}:
    parameters: [{ name: order, in: path, required: true, example: shown-1, schema: { type: string } }]
    get:
      operationId: readOrder
      responses:
        '200':
          description: One.
          content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } }
        '410': { $ref: '#/components/responses/Fault' }
  /orders/{order}:cancel:
    parameters: [{ name: order, in: path, required: true, schema: { type: string } }]
    post:
      operationId: cancelOrder
      responses: { '200': { description: One., content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } } }
  /quotes:
    post:
      operationId: quote
      requestBody:
        content:
          application/json:
            schema: { type: object }
            examples:
              small: { value: { size: 1 } }
              large: { value: { size: 9, rush: true } }
      responses:
        '200':
          description: A price.
          content:
            application/json:
              schema: { type: object, required: [price], properties: { price: { type: integer } } }
              examples:
                small: { value: { price: 1 } }
                large: { value: { price: 90 } }
  /reports:
    post:
      operationId: makeReport
      x-plinth: { async: { mode: always, retain: PT1H, status: readReport, cancel: cancelReport } }
      requestBody: { content: { application/json: { schema: { type: object, properties: { topic: { type: string } } } } } }
      responses: { '202': { description: Begun., content: { application/json: { schema: { $ref: '#/components/schemas/Report' } } } } }
  /reports/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get:
      operationId: readReport
      responses: { '200': { description: One., content: { application/json: { schema: { $ref: '#/components/schemas/Report' } } } } }
    delete: { operationId: cancelReport, responses: { '204': { description: Stopped. } } }
  /orders/{order}/refund:
    parameters: [{ name: order, in: path, required: true, schema: { type: string } }]
    post:
      operationId: refundOrder
      x-plinth: { async: { mode: allowed, retain: PT1H, status: readTask } }
      responses:
        '200': { description: One., content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
        '202': { description: Later., content: { application/json: { schema: { $ref: '#/components/schemas/Task' } } } }
  /tasks/{taskId}:
    parameters: [{ name: taskId, in: path, required: true, schema: { type: string } }]
    get:
      operationId: readTask
      responses: { '200': { description: One., content: { application/json: { schema: { $ref: '#/components/schemas/Task' } } } } }
components:
  responses:
    Profile:
      description: Me.
      content:
        application/json:
          schema: { type: object, required: [name], properties: { name: { type: string }, nick: { type: string } } }
    Fault:
      description: No.
      content:
        application/json:
          schema:
            type: object
            required: [error]
            properties:
              error:
                type: object
                required: [code, message]
                properties: { code: { type: string }, message: { type: string }, status: { type: integer } }
  schemas:
    Order:
      type: object
      required: [number, product, state]
      properties:
        number: { type: string }
        product: { type: string }
        state: { type: string, enum: [open, cancelled, refunded] }
        voucher: { type: string, x-plinth: { unique: true } }
        href: { type: string }
        version: { type: integer }
    Report:
      type: object
      required: [id, status, progress]
      properties:
        id: { type: string }
        topic: { type: string }
        status: { type: string, enum: [queued, running, done, failed, cancelled] }
        progress: { type: integer, minimum: 0, maximum: 100 }
    Task:
      type: object
      required: [id, state]
      properties:
        id: { type: string }
        state: { type: string, enum: [running, succeeded, failed] }
        result: { type: object }
        error: { type: object }
`;
