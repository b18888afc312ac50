import { ConnectError, ErrorCode } from '@connect/base';
import {
    createFileSystemProviderError,
    FileOperationError,
    FileOperationResult,
    FileSystemProviderErrorCode
} from '@theia/filesystem/lib/common/files';

const PROVIDER_CODES: ReadonlyMap<ErrorCode, FileSystemProviderErrorCode> = new Map([
    ['files.not-found', FileSystemProviderErrorCode.FileNotFound],
    ['files.exists', FileSystemProviderErrorCode.FileExists],
    ['files.permission-denied', FileSystemProviderErrorCode.NoPermissions],
    ['files.not-a-directory', FileSystemProviderErrorCode.FileNotADirectory],
    ['files.is-a-directory', FileSystemProviderErrorCode.FileIsADirectory],
    // FileTooLarge would make the editor offer to read it all the same
    ['files.too-large', FileSystemProviderErrorCode.FileExceedsMemoryLimit]
]);

/** What Theia's file service makes of a failure, so that its own reactions (ask, offer to overwrite) still happen. */
export function toFileServiceError(error: ConnectError): Error {
    if (error.code === 'files.changed') {
        return new FileOperationError(error.message, FileOperationResult.FILE_MODIFIED_SINCE);
    }
    const known = PROVIDER_CODES.get(error.code);
    const code =
        known ??
        (error.kind === 'permanent'
            ? FileSystemProviderErrorCode.Unknown
            : FileSystemProviderErrorCode.Unavailable);
    return createFileSystemProviderError(error.message, code);
}
