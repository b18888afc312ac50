import { ConnectError } from '@connect/base';
import * as fs from 'node:fs';
import { parseTransferSpec, type TransferSpec } from '../common/transfer-spec';
import type { CommandContext } from './command-context';

/** @param file `-` for standard input. Rejects with `usage` */
export async function readSpec(context: CommandContext, file: string): Promise<TransferSpec> {
    if (file === '-') {
        return parseTransferSpec(await context.prompt.wholeInput());
    }
    let text: string;
    try {
        text = fs.readFileSync(file, 'utf8');
    } catch (error) {
        throw new ConnectError(
            'usage',
            `The transfer spec cannot be read: ${(error as Error).message}`,
            {},
            error
        );
    }
    return parseTransferSpec(text);
}
