import { aria2 } from './aria2';
import { curl } from './curl';
import { lftp } from './lftp';
import { Peer } from './peer';
import { rclone } from './rclone';
import { rsync } from './rsync';
import { scp } from './scp';
import { tar } from './tar';
import { uftp } from './uftp';

/** For one big file. Over BBR, as whoever wants speed on a lossy path sets it; curl over cubic shows the difference. */
export const FILE_PEERS: readonly Peer[] = [
    curl('bbr'),
    curl('cubic'),
    aria2('bbr'),
    lftp('bbr'),
    rclone('bbr'),
    rsync('bbr'),
    scp('bbr'),
    uftp
];

/** For a clean path, where everybody encrypts. */
export const CLEAN_PEERS: readonly Peer[] = [curl('cubic', 'https'), rsync('cubic'), scp('cubic')];

/** For many small files. */
export const TREE_PEERS: readonly Peer[] = [rsync('bbr'), tar('bbr'), rclone('bbr'), scp('bbr')];
