// Swagger 2.0 `securityDefinitions`, `host`, `basePath` and `schemes` in the words of OpenAPI 3.0.

import type { JsonObject, JsonValue } from '../model/contract.ts';
import { isObject } from './pointer.ts';

const flowNames: Record<string, string> = {
  implicit: 'implicit',
  password: 'password',
  application: 'clientCredentials',
  accessCode: 'authorizationCode',
};

/** Moves security schemes into `components` and server parts into `servers`. */
export function upgradeSecurity(document: JsonObject, components: JsonObject): void {
  const schemes = isObject(document['securityDefinitions']) ? document['securityDefinitions'] : {};
  for (const scheme of Object.values(schemes)) if (isObject(scheme)) upgradeScheme(scheme);
  components['securitySchemes'] = schemes;
  const basePath = typeof document['basePath'] === 'string' ? document['basePath'] : '';
  const { host } = document;
  const schemesNamed: JsonValue[] = Array.isArray(document['schemes']) ? document['schemes'] : ['https'];
  const protocols = schemesNamed.filter((protocol) => typeof protocol === 'string');
  document['servers'] =
    typeof host === 'string'
      ? protocols.map((protocol) => ({ url: `${protocol}://${host}${basePath}` }))
      : [{ url: basePath || '/' }];
  for (const key of ['securityDefinitions', 'host', 'basePath', 'schemes']) delete document[key];
}

function upgradeScheme(scheme: JsonObject): void {
  if (scheme['type'] === 'basic') Object.assign(scheme, { type: 'http', scheme: 'basic' });
  if (scheme['type'] !== 'oauth2' || typeof scheme['flow'] !== 'string') return;
  const { flow, authorizationUrl, tokenUrl, scopes = {} } = scheme;
  for (const key of ['flow', 'authorizationUrl', 'tokenUrl', 'scopes']) delete scheme[key];
  scheme['flows'] = {
    [flowNames[flow] ?? flow]: {
      ...(authorizationUrl === undefined ? {} : { authorizationUrl }),
      ...(tokenUrl === undefined ? {} : { tokenUrl }),
      scopes,
    },
  };
}
