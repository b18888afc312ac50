import { PackageNeed } from './peer';

export const SSH: readonly PackageNeed[] = [
    { package: 'openssh-server', program: '/usr/sbin/sshd' },
    { package: 'openssh-client', program: 'ssh' }
];
export const WEB: readonly PackageNeed[] = [
    { package: 'nginx-light', program: '/usr/sbin/nginx' },
    { package: 'curl', program: 'curl' },
    { package: 'openssl', program: 'openssl' }
];
