/** Numbers of SFTP version 3: draft-ietf-secsh-filexfer-02, which all clients speak. */
export const SFTP_VERSION = 3;

export enum Request {
    Init = 1,
    Open = 3,
    Close = 4,
    Read = 5,
    Write = 6,
    Lstat = 7,
    Fstat = 8,
    Setstat = 9,
    Fsetstat = 10,
    Opendir = 11,
    Readdir = 12,
    Remove = 13,
    Mkdir = 14,
    Rmdir = 15,
    Realpath = 16,
    Stat = 17,
    Rename = 18,
    Readlink = 19,
    Symlink = 20,
    Extended = 200
}

export enum Response {
    Version = 2,
    Status = 101,
    Handle = 102,
    Data = 103,
    Name = 104,
    Attrs = 105,
    ExtendedReply = 201
}

export enum Status {
    Ok = 0,
    Eof = 1,
    NoSuchFile = 2,
    PermissionDenied = 3,
    Failure = 4,
    BadMessage = 5,
    Unsupported = 8
}

export enum OpenFlag {
    Read = 0x01,
    Write = 0x02,
    Append = 0x04,
    Create = 0x08,
    Truncate = 0x10,
    Exclusive = 0x20
}

export enum AttributeFlag {
    Size = 0x01,
    Owner = 0x02,
    Permissions = 0x04,
    Times = 0x08,
    Extended = 0x80000000
}

/** As OpenSSH: the longest packet either side sends, and the most data in one READ or WRITE. */
export const MAX_PACKET_BYTES = 256 * 1024;
export const MAX_DATA_BYTES = MAX_PACKET_BYTES - 1024;

/** Extensions of OpenSSH that are announced, with their versions; its PROTOCOL describes them. */
export const EXTENSIONS = {
    'posix-rename@openssh.com': '1',
    'fsync@openssh.com': '1',
    'limits@openssh.com': '1',
    'statvfs@openssh.com': '2'
} as const;
