import type { MenuPath } from '@theia/core/lib/common/menu';

/** Place of the actions of a transfer; groups below it are numbered. */
export const TRANSFER_CONTEXT_MENU: MenuPath = ['connect-transfers-context-menu'];
