import { expect } from 'chai';
import { parseAscpVersion } from './ascp-version';
import { besideAscp, findAscp, type Machine } from './find-ascp';

const machine = (platform: NodeJS.Platform, files: readonly string[], path = ''): Machine => ({
    platform,
    home: platform === 'win32' ? 'C:\\Users\\u' : '/home/u',
    environment: { PATH: path },
    isFile: file => files.includes(file)
});

describe('where ascp is', () => {
    it('is where the settings say, program or folder, and nowhere else then', () => {
        const linux = machine('linux', ['/x/ascp', '/opt/aspera/bin/ascp', 'rel/ascp'], '/x');
        expect(findAscp('/opt/aspera/bin/ascp', linux)).to.equal('/opt/aspera/bin/ascp');
        expect(findAscp(' /opt/aspera/bin ', linux)).to.equal('/opt/aspera/bin/ascp');
        expect(findAscp('/gone/ascp', linux)).to.equal(undefined);
        expect(findAscp('rel/ascp', linux)).to.equal(undefined);
    });

    it('is on the PATH before it is anywhere else', () => {
        const files = ['/b/ascp', '/opt/aspera/bin/ascp', 'ascp'];
        expect(findAscp('', machine('linux', files, '.:/a:/b'))).to.equal('/b/ascp');
        expect(findAscp('', machine('linux', files, '/a'))).to.equal('/opt/aspera/bin/ascp');
        expect(findAscp('', machine('linux', [], '/a'))).to.equal(undefined);
    });

    for (const [platform, file] of [
        ['linux', '/home/u/.aspera/connect/bin/ascp'],
        ['linux', '/home/u/.aspera/sdk/ascp'],
        ['darwin', '/Applications/IBM Aspera Connect.app/Contents/Resources/ascp'],
        ['darwin', '/home/u/Applications/Aspera CLI/bin/ascp'],
        ['win32', 'C:\\Users\\u\\AppData\\Local\\Programs\\Aspera\\Aspera Connect\\bin\\ascp.exe'],
        ['win32', 'C:\\Program Files\\Aspera\\Enterprise Server\\bin\\ascp.exe']
    ] as const) {
        it(`is found on ${platform} as ${file}`, () => {
            expect(findAscp('', machine(platform, [file]))).to.equal(file);
        });
    }

    it('has its licence beside it or in the folder for that', () => {
        const linux = machine('linux', ['/opt/aspera/etc/aspera-license']);
        expect(besideAscp('/opt/aspera/bin/ascp', ['other', 'aspera-license'], linux)).to.equal(
            '/opt/aspera/etc/aspera-license'
        );
        expect(besideAscp('/usr/bin/ascp', ['aspera-license'], linux)).to.equal(undefined);
    });
});

describe('what ascp says of itself', () => {
    it('is its version and what its licence allows', () => {
        const output =
            'ascp version 3.9.6.1\r\nOperating System: Linux\r\nLicense max rate=45Mbps, product=2\r\n';
        expect(parseAscpVersion(output)).to.deep.equal({
            version: 'ascp version 3.9.6.1',
            licence: 'License max rate=45Mbps, product=2'
        });
        expect(parseAscpVersion('something else')).to.deep.equal({});
    });
});
