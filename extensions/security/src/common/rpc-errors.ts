import { ConnectError, WireError } from '@connect/base';
import { ApplicationError } from '@theia/core/lib/common/application-error';

/** The one application error under which every ConnectError crosses Theia's RPC; the number means nothing else. */
const RPC_ERROR_CODE = 33001;

const RpcConnectError = ApplicationError.declare(RPC_ERROR_CODE, (wire: WireError) => ({
    message: wire.message,
    data: wire,
    // stacks of one process mean nothing in the other and show its paths
    stack: `ConnectError: ${wire.code}: ${wire.message}`
}));

/** What a backend method throws so that code, message and data reach the window. Foreign errors become `internal`. */
export function toRpcError(error: unknown): Error {
    return isApplicationError(error) ? error : RpcConnectError(ConnectError.from(error).toWire());
}

/** The ConnectError behind a rejection of an RPC call; a lost connection or anything foreign becomes `internal`. */
export function fromRpcError(error: unknown): ConnectError {
    if (isApplicationError(error) && error.code === RPC_ERROR_CODE) {
        return ConnectError.fromWire(error.data as WireError);
    }
    return ConnectError.from(error);
}

/** `service` as the target of an RPC connection: whatever its methods throw leaves as {@link toRpcError} makes it. */
export function exposeToRpc<T extends object>(service: T): T {
    return mapErrors(service, toRpcError);
}

/** `proxy` of a service that was exposed by {@link exposeToRpc}: its methods reject with ConnectErrors again. */
export function consumeFromRpc<T extends object>(proxy: T): T {
    return mapErrors(proxy, fromRpcError);
}

function mapErrors<T extends object>(target: T, map: (error: unknown) => Error): T {
    return new Proxy(target, {
        get(inner, key) {
            const member: unknown = Reflect.get(inner, key, inner);
            if (typeof member !== 'function') {
                return member;
            }
            return (...args: unknown[]): unknown => {
                try {
                    const result: unknown = member.apply(inner, args);
                    return isPromise(result) ? result.catch(error => Promise.reject(map(error))) : result;
                } catch (error) {
                    throw map(error);
                }
            };
        }
    });
}

function isApplicationError(error: unknown): error is ApplicationError<number, unknown> {
    return typeof error === 'object' && error !== null && ApplicationError.is(error);
}

function isPromise(value: unknown): value is Promise<unknown> {
    return value instanceof Promise;
}
