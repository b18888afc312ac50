# Built by scripts/support/native-addon.mjs. Linux only: elsewhere the packet I/O in TypeScript is used.
{
    'variables': {
        # adds AddressSanitizer: asan.sh
        'asan%': 0
    },
    'targets': [
        {
            'target_name': 'connect_packet_io',
            'conditions': [
                ['OS!="linux"', { 'type': 'none' }],
                ['OS=="linux"', {
                    'sources': [
                        'src/packet_cipher.cc',
                        'src/udp_socket.cc',
                        'src/packet_socket.cc',
                        'src/values.cc',
                        'src/chunk_memory.cc',
                        'src/packet_texts.cc',
                        'src/file_batch.cc',
                        'src/file_calls.cc',
                        'src/addon.cc'
                    ],
                    'defines': ['NAPI_VERSION=8'],
                    'cflags': ['-Wall', '-Wextra', '-O2', '-fvisibility=hidden'],
                    'ldflags': ['-Wl,-z,relro,-z,now', '-s'],
                    'conditions': [
                        ['asan==1', {
                            'cflags': ['-fsanitize=address,undefined', '-fno-omit-frame-pointer', '-fno-sanitize-recover=undefined', '-g', '-O1'],
                            'ldflags': ['-fsanitize=address,undefined'],
                            'ldflags!': ['-s']
                        }]
                    ]
                }]
            ]
        },
        {
            # a program that bin/connect-cp runs before Node
            'target_name': 'connect_begin',
            'conditions': [
                ['OS!="linux"', { 'type': 'none' }],
                ['OS=="linux"', {
                    'type': 'executable',
                    'sources': ['src/connect_begin.c'],
                    'cflags': ['-Wall', '-Wextra', '-O2'],
                    'ldflags': ['-Wl,-z,relro,-z,now', '-s'],
                    'conditions': [
                        ['asan==1', {
                            'cflags': ['-fsanitize=address,undefined', '-fno-omit-frame-pointer', '-fno-sanitize-recover=undefined', '-g', '-O1'],
                            'ldflags': ['-fsanitize=address,undefined'],
                            'ldflags!': ['-s']
                        }]
                    ]
                }]
            ]
        }
    ]
}
