// The Node-API side: checks every argument, then hands bytes and lengths on. Bad arguments throw, and change nothing.
#include <node_api.h>

#include <cerrno>
#include <cmath>
#include <memory>
#include <vector>

#include "binding.h"
#include "chunk_memory.h"
#include "file_calls.h"
#include "packet_socket.h"
#include "packet_texts.h"
#include "values.h"

namespace packet_io {
namespace {

constexpr size_t kMaxArguments = 6;
constexpr size_t kMaxBatch = 4096;

// Identifies our objects among everything that JavaScript may pass as `this`.
constexpr napi_type_tag kTypeTag = {0x5b2f9d0c41c84e7aULL, 0x9a6d1f7be03c2458ULL};

struct Call {
    Binding* binding = nullptr;
    napi_value self = nullptr;
    napi_value arguments[kMaxArguments] = {};
};

// Throws unless `this` is one of ours. Arguments that are missing are undefined, which no check takes.
bool Enter(napi_env env, napi_callback_info info, Call* call) {
    size_t count = kMaxArguments;
    bool is_ours = false;
    void* data = nullptr;
    if (napi_get_cb_info(env, info, &count, call->arguments, &call->self, nullptr) != napi_ok ||
        napi_check_object_type_tag(env, call->self, &kTypeTag, &is_ours) != napi_ok || !is_ours ||
        napi_unwrap(env, call->self, &data) != napi_ok) {
        ThrowText(env, "not a packet socket");
        return false;
    }
    call->binding = static_cast<Binding*>(data);
    return true;
}

bool EnterOpen(napi_env env, napi_callback_info info, Call* call) {
    if (!Enter(env, info, call)) {
        return false;
    }
    if (!call->binding->packets().socket().is_open()) {
        ThrowErrno(env, EBADF);
        return false;
    }
    return true;
}

// new PacketSocket(address: string, port: number, reuseAddress: boolean): bound to it.
napi_value Construct(napi_env env, napi_callback_info info) {
    size_t count = kMaxArguments;
    napi_value arguments[kMaxArguments] = {};
    napi_value self = nullptr;
    napi_value target = nullptr;
    uv_loop_t* loop = nullptr;
    if (napi_get_new_target(env, info, &target) != napi_ok || target == nullptr ||
        napi_get_cb_info(env, info, &count, arguments, &self, nullptr) != napi_ok ||
        napi_get_uv_event_loop(env, &loop) != napi_ok) {
        ThrowText(env, "to be called with new");
        return nullptr;
    }
    Address address;
    bool reuses = false;
    if (!ReadAddress(env, arguments[0], arguments[1], &address) ||
        napi_get_value_bool(env, arguments[2], &reuses) != napi_ok) {
        ThrowText(env, "expected an address, a port and a boolean");
        return nullptr;
    }
    std::unique_ptr<Binding> binding(new Binding(env, loop));
    const int error = binding->packets().socket().Bind(address, reuses);
    if (error != 0) {
        return ThrowErrno(env, error);
    }
    const napi_finalize finalize = [](napi_env, void* data, void*) { delete static_cast<Binding*>(data); };
    if (napi_wrap(env, self, binding.get(), finalize, nullptr, nullptr) != napi_ok) {
        ThrowText(env, "constructed twice");
        return nullptr;
    }
    // from here on the object of JavaScript owns it
    binding.release();
    if (napi_type_tag_object(env, self, &kTypeTag) != napi_ok) {
        ThrowText(env, "constructed twice");
        return nullptr;
    }
    return self;
}

// connect(address, port): to the one peer; the kernel drops what others send.
napi_value Connect(napi_env env, napi_callback_info info) {
    Call call;
    Address address;
    if (!EnterOpen(env, info, &call)) {
        return nullptr;
    }
    if (!ReadAddress(env, call.arguments[0], call.arguments[1], &address)) {
        ThrowText(env, "expected an address and a port");
        return nullptr;
    }
    const int error = call.binding->packets().socket().Connect(address);
    return error == 0 ? Undefined(env) : ThrowErrno(env, error);
}

// setPeer(address, port): where to send to; packets from elsewhere are told apart.
napi_value SetPeer(napi_env env, napi_callback_info info) {
    Call call;
    Address address;
    if (!EnterOpen(env, info, &call)) {
        return nullptr;
    }
    if (!ReadAddress(env, call.arguments[0], call.arguments[1], &address)) {
        ThrowText(env, "expected an address and a port");
        return nullptr;
    }
    call.binding->packets().SetPeer(address);
    return Undefined(env);
}

bool InitCipher(napi_env env, PacketCipher* cipher, PacketCipher::Direction direction, const napi_value* arguments) {
    Bytes key;
    Bytes iv;
    Bytes header;
    double expected = 0;
    return ReadUint8s(env, arguments[0], &key) && ReadUint8s(env, arguments[1], &iv) &&
           ReadUint8s(env, arguments[2], &header) && iv.length == kIvBytes && header.length == kLongHeaderBytes &&
           ReadInteger(env, arguments[3], 0, static_cast<double>(kNumberLimit - 1), &expected) &&
           cipher->Init(direction, key.data, key.length, iv.data, header.data, static_cast<uint64_t>(expected));
}

// setSealKey(key, iv, header, 0), setOpenKey(key, iv, header, expected): once each.
napi_value SetSealKey(napi_env env, napi_callback_info info) {
    Call call;
    if (!EnterOpen(env, info, &call)) {
        return nullptr;
    }
    if (!InitCipher(env, &call.binding->packets().sealer(), PacketCipher::Direction::kSeal, call.arguments)) {
        ThrowText(env, "expected a key, an IV, a header and a number, once");
        return nullptr;
    }
    return Undefined(env);
}

napi_value SetOpenKey(napi_env env, napi_callback_info info) {
    Call call;
    if (!EnterOpen(env, info, &call)) {
        return nullptr;
    }
    if (!InitCipher(env, &call.binding->packets().opener(), PacketCipher::Direction::kOpen, call.arguments)) {
        ThrowText(env, "expected a key, an IV, a header and a number, once");
        return nullptr;
    }
    return Undefined(env);
}

// start(ring: Uint8Array, table: Float64Array, onPackets: (count) => void, onWritable: () => void): begins to receive.
napi_value Start(napi_env env, napi_callback_info info) {
    Call call;
    if (!EnterOpen(env, info, &call)) {
        return nullptr;
    }
    PacketSocket& packets = call.binding->packets();
    Bytes ring;
    Bytes table;
    if (packets.is_started() || !packets.sealer().is_ready() || !packets.opener().is_ready() ||
        !ReadUint8s(env, call.arguments[0], &ring) || ring.length < kSlotBytes ||
        !ReadBytes(env, call.arguments[1], napi_float64_array, sizeof(double), &table) ||
        table.length < kColumns * sizeof(double) || !IsFunction(env, call.arguments[2]) ||
        !IsFunction(env, call.arguments[3])) {
        ThrowText(env, "expected keys before, then a ring, a table and two functions, once");
        return nullptr;
    }
    if (!call.binding->Start(call.self, call.arguments)) {
        return ThrowErrno(env, ENOMEM);
    }
    const int error = packets.Start();
    return error == 0 ? Undefined(env) : ThrowErrno(env, error);
}

// Copies, as the arrays may be shared with other threads: what is checked is what is used.
bool ReadBatch(napi_env env, const napi_value* arguments, Bytes* slab, Batch* batch) {
    Bytes length_bytes;
    Bytes number_bytes;
    Bytes longs;
    double count = 0;
    if (!ReadUint8s(env, arguments[0], slab) ||
        !ReadBytes(env, arguments[1], napi_int32_array, sizeof(int32_t), &length_bytes) ||
        !ReadBytes(env, arguments[2], napi_float64_array, sizeof(double), &number_bytes) ||
        !ReadUint8s(env, arguments[3], &longs) || !ReadInteger(env, arguments[4], 0, kMaxBatch, &count) ||
        count > static_cast<double>(length_bytes.length / sizeof(int32_t)) ||
        count > static_cast<double>(number_bytes.length / sizeof(double)) ||
        count > static_cast<double>(longs.length)) {
        return false;
    }
    const int32_t* const first_length = reinterpret_cast<const int32_t*>(length_bytes.data);
    const double* const first_number = reinterpret_cast<const double*>(number_bytes.data);
    size_t used = 0;
    for (size_t i = 0; i < static_cast<size_t>(count); i++) {
        const int32_t length = first_length[i];
        const double number = first_number[i];
        const bool is_long = longs.data[i] != 0;
        if (length < static_cast<int32_t>(HeaderBytes(is_long) + kTagBytes) ||
            static_cast<size_t>(length) > kMaxDatagramBytes || static_cast<size_t>(length) > slab->length - used ||
            !(number >= 0) || number >= static_cast<double>(kNumberLimit) || std::floor(number) != number) {
            return false;
        }
        used += static_cast<size_t>(length);
        batch->lengths.push_back(length);
        batch->numbers.push_back(static_cast<uint64_t>(number));
        batch->are_long.push_back(is_long);
    }
    return true;
}

// send(slab: Uint8Array, lengths: Int32Array, numbers: Float64Array, longs: Uint8Array, count: number): boolean. The
// slab holds `count` packets one behind the other, each with room for its header before its text, of 12 bytes where
// `longs` is not 0, else of 4, and 16 bytes after it; they are sealed in place. False when some of them wait inside:
// onWritable follows.
napi_value Send(napi_env env, napi_callback_info info) {
    Call call;
    if (!EnterOpen(env, info, &call)) {
        return nullptr;
    }
    Bytes slab;
    Batch batch;
    if (!call.binding->packets().is_started() || !ReadBatch(env, call.arguments, &slab, &batch)) {
        ThrowText(env, "expected to be started, and a slab, lengths within it, numbers, headers and a count");
        return nullptr;
    }
    napi_value result = nullptr;
    napi_get_boolean(env, call.binding->packets().Send(slab.data, batch), &result);
    return result;
}

// sendRun(heads: Uint8Array, headBytes, payload: Uint8Array, blockBytes, first): boolean. One packet with a short header
// for each `blockBytes` of the payload, behind as many times `headBytes` of the heads; `first` is the number of the
// first. False as from send().
napi_value SendRun(napi_env env, napi_callback_info info) {
    Call call;
    if (!EnterOpen(env, info, &call)) {
        return nullptr;
    }
    constexpr double kRoom = static_cast<double>(kMaxDatagramBytes - kShortHeaderBytes - kTagBytes);
    Bytes heads;
    Bytes payload;
    double head_bytes = 0;
    double piece_bytes = 0;
    double first = 0;
    const bool is_read = call.binding->packets().is_started() && ReadUint8s(env, call.arguments[0], &heads) &&
                         ReadInteger(env, call.arguments[1], 1, kRoom - 1, &head_bytes) &&
                         ReadUint8s(env, call.arguments[2], &payload) && payload.length > 0 &&
                         ReadInteger(env, call.arguments[3], 1, kRoom - head_bytes, &piece_bytes) &&
                         ReadInteger(env, call.arguments[4], 0, static_cast<double>(kNumberLimit - 1), &first);
    const size_t piece = static_cast<size_t>(piece_bytes);
    const size_t count = is_read ? payload.length / piece + (payload.length % piece == 0 ? 0 : 1) : 0;
    if (count == 0 || count > kMaxBatch || count > heads.length / static_cast<size_t>(head_bytes) ||
        count > kNumberLimit - static_cast<uint64_t>(first)) {
        ThrowText(env, "expected to be started, and heads, their size, a payload, its pieces' size and a number");
        return nullptr;
    }
    const Run run = {heads.data,     static_cast<size_t>(head_bytes), payload.data,
                     payload.length, piece,                           static_cast<uint64_t>(first)};
    napi_value result = nullptr;
    napi_get_boolean(env, call.binding->packets().SendRun(run), &result);
    return result;
}

// senderOf(slot): [address, port] of packets with that slot in their row; only while onPackets runs.
napi_value SenderOf(napi_env env, napi_callback_info info) {
    Call call;
    if (!EnterOpen(env, info, &call)) {
        return nullptr;
    }
    double slot = 0;
    char text[kMaxAddressText];
    const Address* sender = nullptr;
    if (ReadInteger(env, call.arguments[0], 0, kMaxSlots - 1, &slot)) {
        sender = call.binding->packets().sender(static_cast<size_t>(slot));
    }
    if (sender == nullptr || !sender->Format(text, sizeof(text))) {
        ThrowText(env, "no such sender now");
        return nullptr;
    }
    napi_value result = nullptr;
    napi_value address = nullptr;
    napi_value port = nullptr;
    napi_create_array_with_length(env, 2, &result);
    napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &address);
    napi_create_int32(env, sender->port(), &port);
    napi_set_element(env, result, 0, address);
    napi_set_element(env, result, 1, port);
    return result;
}

// localPort(): number.
napi_value LocalPort(napi_env env, napi_callback_info info) {
    Call call;
    int port = 0;
    if (!EnterOpen(env, info, &call)) {
        return nullptr;
    }
    const int error = call.binding->packets().socket().GetLocalPort(&port);
    if (error != 0) {
        return ThrowErrno(env, error);
    }
    napi_value result = nullptr;
    napi_create_int32(env, port, &result);
    return result;
}

// counters(): [sent, opened, rejected, errors]; also after close().
napi_value ReadCounters(napi_env env, napi_callback_info info) {
    Call call;
    if (!Enter(env, info, &call)) {
        return nullptr;
    }
    const Counters& counters = call.binding->packets().counters();
    napi_value result = nullptr;
    napi_create_array_with_length(env, 4, &result);
    uint32_t at = 0;
    for (const uint64_t count : {counters.sent, counters.opened, counters.rejected, counters.errors}) {
        napi_value number = nullptr;
        napi_create_double(env, static_cast<double>(count), &number);
        napi_set_element(env, result, at++, number);
    }
    return result;
}

// close(): nothing is called back afterwards. Idempotent.
napi_value Close(napi_env env, napi_callback_info info) {
    Call call;
    if (!Enter(env, info, &call)) {
        return nullptr;
    }
    call.binding->Close();
    return Undefined(env);
}

napi_value Init(napi_env env, napi_value exports) {
    if (!PacketCipher::IsAvailable()) {
        napi_throw_error(env, "ERR_NO_OPENSSL", "this program does not export the functions of OpenSSL");
        return nullptr;
    }
    const napi_property_descriptor methods[] = {
        {"connect", nullptr, Connect, nullptr, nullptr, nullptr, napi_default_method, nullptr},
        {"setPeer", nullptr, SetPeer, nullptr, nullptr, nullptr, napi_default_method, nullptr},
        {"setSealKey", nullptr, SetSealKey, nullptr, nullptr, nullptr, napi_default_method, nullptr},
        {"setOpenKey", nullptr, SetOpenKey, nullptr, nullptr, nullptr, napi_default_method, nullptr},
        {"start", nullptr, Start, nullptr, nullptr, nullptr, napi_default_method, nullptr},
        {"send", nullptr, Send, nullptr, nullptr, nullptr, napi_default_method, nullptr},
        {"sendRun", nullptr, SendRun, nullptr, nullptr, nullptr, napi_default_method, nullptr},
        {"senderOf", nullptr, SenderOf, nullptr, nullptr, nullptr, napi_default_method, nullptr},
        {"localPort", nullptr, LocalPort, nullptr, nullptr, nullptr, napi_default_method, nullptr},
        {"counters", nullptr, ReadCounters, nullptr, nullptr, nullptr, napi_default_method, nullptr},
        {"close", nullptr, Close, nullptr, nullptr, nullptr, napi_default_method, nullptr},
    };
    napi_value constructor = nullptr;
    napi_value gso = nullptr;
    napi_value gro = nullptr;
    napi_value header_bytes = nullptr;
    const Offloads offloads = UdpSocket::Probe();
    if (napi_define_class(env, "PacketSocket", NAPI_AUTO_LENGTH, Construct, nullptr,
                          sizeof(methods) / sizeof(methods[0]), methods, &constructor) != napi_ok ||
        napi_get_boolean(env, offloads.gso, &gso) != napi_ok || napi_get_boolean(env, offloads.gro, &gro) != napi_ok ||
        napi_create_uint32(env, kLongHeaderBytes, &header_bytes) != napi_ok || !DefineChunkMemory(env, exports) ||
        !DefinePacketTexts(env, exports)) {
        return nullptr;
    }
    napi_set_named_property(env, exports, "PacketSocket", constructor);
    napi_set_named_property(env, exports, "longHeaderBytes", header_bytes);
    napi_set_named_property(env, exports, "hasGso", gso);
    napi_set_named_property(env, exports, "hasGro", gro);
    return ExportFileCalls(env, exports) ? exports : nullptr;
}

}  // namespace
}  // namespace packet_io

NAPI_MODULE_INIT() {
    return packet_io::Init(env, exports);
}
