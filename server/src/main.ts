import { ConnectError } from '@connect/base';
import { createProgram, exitCodeOf } from './cli/program';

createProgram()
    .parseAsync()
    .catch(error => {
        process.stderr.write(`connect-server: ${ConnectError.from(error).message}\n`);
        process.exitCode = exitCodeOf(error);
    });
