// Moving the content of packets in memory: gather().
#ifndef CONNECT_PACKET_TEXTS_H_
#define CONNECT_PACKET_TEXTS_H_

#include <node_api.h>

namespace packet_io {

// Adds the function to `exports`. False when something of the engine fails.
bool DefinePacketTexts(napi_env env, napi_value exports);

}  // namespace packet_io

#endif  // CONNECT_PACKET_TEXTS_H_
