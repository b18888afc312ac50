import { ConnectError } from '@connect/base';
import { loadNativeAddon } from './native-addon';
import { PacketIoProvider } from './packet-io';
import { dgramPacketIo } from './packet-io-dgram';
import { nativePacketIo } from './packet-io-native';

/**
 * The implementation this process uses: the native one where its addon is there and loads, else the one of Node. The
 * variable CONNECT_PACKET_IO (`native`, `dgram`) insists on one.
 * @throws ConnectError `usage` when it insists on what is not there.
 */
export function choosePacketIo(env: NodeJS.ProcessEnv = process.env): PacketIoProvider {
    const wanted = env['CONNECT_PACKET_IO'] || undefined;
    if (wanted === 'dgram') {
        return dgramPacketIo;
    }
    if (wanted !== undefined && wanted !== 'native') {
        throw new ConnectError('usage', `CONNECT_PACKET_IO is native or dgram, not ${wanted}`);
    }
    const loaded = loadNativeAddon(env);
    if (loaded.addon) {
        return nativePacketIo(loaded.addon);
    }
    if (wanted === 'native') {
        throw new ConnectError('usage', `There is no native packet I/O here: ${loaded.reason}`);
    }
    return dgramPacketIo;
}
