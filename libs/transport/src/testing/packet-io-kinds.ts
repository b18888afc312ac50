import { loadNativeAddon } from '../node/native-addon';
import { PacketIoProvider } from '../node/packet-io';
import { dgramPacketIo } from '../node/packet-io-dgram';
import { nativePacketIo } from '../node/packet-io-native';

/**
 * The same tests for every implementation of packet I/O. Those of the native one are skipped where its addon is not
 * built: npm run setup builds it when there is a compiler.
 */
export function describeEachPacketIo(title: string, tests: (packetIo: () => PacketIoProvider) => void): void {
    describe(`${title} [dgram]`, () => tests(() => dgramPacketIo));
    describe(`${title} [native; needs the built addon]`, () => {
        const { addon } = loadNativeAddon(process.env);
        before(function () {
            if (!addon) {
                this.skip();
            }
        });
        tests(() => nativePacketIo(addon!));
    });
}
