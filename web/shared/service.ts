// The calls of the envelope service, and what they tell: doc/spec/key-api.openapi.json.

import type { components, paths } from '../generated/service';
import { callsOf } from './typed';

export type Schemas = components['schemas'];

export const service = callsOf<paths>();
