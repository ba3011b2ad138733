import type {
  FastifyInstance,
  FastifyTypeProvider,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { Log } from '../kernel/log.ts';

/** Reads the types of params, query, body and answers off their TypeBox schemas. */
export interface TypeBoxProvider extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
}

/** The HTTP server as a feature's `routes.ts` sees it. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  Log,
  TypeBoxProvider
>;

/**
 * What a feature's `routes.ts` makes (`createXRoutes(deps): Routes`). Paths are relative to the API's base path
 * (`/instances/:id`), every route needs credentials unless its config says `access: 'public'`, every answer is 200,
 * everything else is a thrown `Fault`. Query values arrive as strings, numbers, booleans or arrays as their schema
 * says (`tags[]` is named `tags`; an empty value is absent), bodies as sent (a missing one is `{}` where the schema
 * is an object), and response schemas document and type the answer but drop nothing from it.
 */
export type Routes = (app: App) => void | Promise<void>;
