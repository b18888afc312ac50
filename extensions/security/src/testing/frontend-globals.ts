/**
 * Import this first in a spec of browser code: it makes the globals that Theia's browser modules touch when they load.
 * The document stays for the tests that follow in the same process, which is harmless to code that asks for none.
 */
import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';

const disable = enableJSDOM();
// jsdom has none, and a drag library extends it as it loads
(globalThis as unknown as Record<string, unknown>).DragEvent ??= class {};

import { FrontendApplicationConfigProvider } from '@theia/core/lib/browser/frontend-application-config-provider';
FrontendApplicationConfigProvider.set({});

/** Call when the spec's imports are done. */
export const afterImports = disable;
