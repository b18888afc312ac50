// The Node-API side: checks every argument, then hands bytes and lengths on. Bad arguments throw, and change nothing.
#include <node_api.h>

#include <cerrno>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "packet_socket.h"

namespace packet_io {
namespace {

constexpr size_t kMaxArguments = 6;
constexpr size_t kMaxBatch = 4096;
constexpr size_t kMaxAddressText = 128;

// Identifies our objects among everything that JavaScript may pass as `this`.
constexpr napi_type_tag kTypeTag = {0x5b2f9d0c41c84e7aULL, 0x9a6d1f7be03c2458ULL};

void ThrowText(napi_env env, const char* text) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", text);
}

napi_value ThrowErrno(napi_env env, int error) {
    napi_throw_error(env, uv_err_name(-error), uv_strerror(-error));
    return nullptr;
}

struct Bytes {
    uint8_t* data = nullptr;
    size_t length = 0;
};

bool ReadBytes(napi_env env, napi_value value, napi_typedarray_type wanted, size_t element_bytes, Bytes* bytes) {
    bool is_array = false;
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    if (napi_is_typedarray(env, value, &is_array) != napi_ok || !is_array ||
        napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok || type != wanted) {
        return false;
    }
    bytes->data = static_cast<uint8_t*>(data);
    bytes->length = data == nullptr ? 0 : length * element_bytes;
    return true;
}

bool ReadUint8s(napi_env env, napi_value value, Bytes* bytes) {
    return ReadBytes(env, value, napi_uint8_array, 1, bytes);
}

// An integer in [low, high]; nothing is rounded.
bool ReadInteger(napi_env env, napi_value value, double low, double high, double* result) {
    napi_valuetype type;
    return napi_typeof(env, value, &type) == napi_ok && type == napi_number &&
           napi_get_value_double(env, value, result) == napi_ok && *result >= low && *result <= high &&
           std::floor(*result) == *result;
}

bool ReadAddress(napi_env env, napi_value text, napi_value port, Address* address) {
    char buffer[kMaxAddressText];
    size_t length = 0;
    double number = 0;
    return napi_get_value_string_utf8(env, text, buffer, sizeof(buffer), &length) == napi_ok &&
           length + 1 < sizeof(buffer) && ReadInteger(env, port, 0, 65535, &number) &&
           address->Set(buffer, static_cast<int>(number));
}

bool IsFunction(napi_env env, napi_value value) {
    napi_valuetype type;
    return napi_typeof(env, value, &type) == napi_ok && type == napi_function;
}

napi_value Undefined(napi_env env) {
    napi_value value = nullptr;
    napi_get_undefined(env, &value);
    return value;
}

// One object of JavaScript. It is kept alive from start() to close(), so that nothing is collected that may be called.
class Binding final : public PacketSocketListener {
public:
    Binding(napi_env env, uv_loop_t* loop) : env_(env), packets_(loop, this) {
        napi_add_env_cleanup_hook(env_, &Binding::OnExit, this);
    }

    ~Binding() {
        napi_remove_env_cleanup_hook(env_, &Binding::OnExit, this);
        Close();
        // not before: it may be in use by the callback that closes
        if (async_ != nullptr) {
            napi_async_destroy(env_, async_);
        }
    }

    PacketSocket& packets() { return packets_; }

    bool Start(napi_value self, const napi_value* arguments) {
        napi_value name = nullptr;
        napi_value holder = nullptr;
        if (napi_create_string_utf8(env_, "connect_packet_io", NAPI_AUTO_LENGTH, &name) != napi_ok ||
            napi_create_object(env_, &holder) != napi_ok ||
            napi_set_element(env_, holder, kSelf, self) != napi_ok) {
            return false;
        }
        for (uint32_t i = 0; i < 4; i++) {
            if (napi_set_element(env_, holder, i, arguments[i]) != napi_ok) {
                return false;
            }
        }
        return napi_async_init(env_, nullptr, name, &async_) == napi_ok &&
               napi_create_reference(env_, holder, 1, &held_) == napi_ok;
    }

    void Close() {
        packets_.Close();
        if (held_ != nullptr) {
            napi_delete_reference(env_, held_);
            held_ = nullptr;
        }
    }

    bool GetMemory(ReceiveMemory* memory) override {
        napi_handle_scope scope = nullptr;
        if (held_ == nullptr || napi_open_handle_scope(env_, &scope) != napi_ok) {
            return false;
        }
        Bytes ring;
        Bytes table;
        const bool is_there = ReadUint8s(env_, Held(kRing), &ring) &&
                              ReadBytes(env_, Held(kTable), napi_float64_array, sizeof(double), &table) &&
                              ring.length >= kSlotBytes && table.length >= kColumns * sizeof(double);
        *memory = {ring.data, ring.length, reinterpret_cast<double*>(table.data), table.length / sizeof(double)};
        napi_close_handle_scope(env_, scope);
        return is_there;
    }

    void OnPackets(size_t count) override { Call(kOnPackets, static_cast<double>(count)); }
    void OnWritable() override { Call(kOnWritable, 0); }

private:
    enum : uint32_t { kRing, kTable, kOnPackets, kOnWritable, kSelf };

    // Held values live in one object, of which there is one reference.
    napi_value Held(uint32_t index) {
        napi_value holder = nullptr;
        napi_value value = nullptr;
        if (held_ == nullptr || napi_get_reference_value(env_, held_, &holder) != napi_ok ||
            napi_get_element(env_, holder, index, &value) != napi_ok) {
            return nullptr;
        }
        return value;
    }

    void Call(uint32_t which, double argument) {
        napi_handle_scope scope = nullptr;
        if (napi_open_handle_scope(env_, &scope) != napi_ok) {
            return;
        }
        napi_value function = Held(which);
        napi_value self = Held(kSelf);
        napi_value number = nullptr;
        napi_create_double(env_, argument, &number);
        if (function != nullptr && self != nullptr &&
            napi_make_callback(env_, async_, self, function, 1, &number, nullptr) == napi_pending_exception) {
            napi_value error = nullptr;
            napi_get_and_clear_last_exception(env_, &error);
            napi_fatal_exception(env_, error);
        }
        // what was closed meanwhile is still held by this scope, up to here
        napi_close_handle_scope(env_, scope);
    }

    static void OnExit(void* self) { static_cast<Binding*>(self)->Close(); }

    napi_env env_;
    napi_ref held_ = nullptr;
    napi_async_context async_ = nullptr;
    PacketSocket packets_;
};

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
    return ReadUint8s(env, arguments[0], &key) && ReadUint8s(env, arguments[1], &iv) &&
           ReadUint8s(env, arguments[2], &header) && iv.length == kIvBytes && header.length == kHeaderBytes &&
           cipher->Init(direction, key.data, key.length, iv.data, header.data);
}

// setSealKey(key, iv, header), setOpenKey(key, iv, header): once each.
napi_value SetSealKey(napi_env env, napi_callback_info info) {
    Call call;
    if (!EnterOpen(env, info, &call)) {
        return nullptr;
    }
    if (!InitCipher(env, &call.binding->packets().sealer(), PacketCipher::Direction::kSeal, call.arguments)) {
        ThrowText(env, "expected a key, an IV and a header, once");
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
        ThrowText(env, "expected a key, an IV and a header, once");
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
bool ReadBatch(napi_env env, const napi_value* arguments, Bytes* slab, std::vector<int32_t>* lengths,
               std::vector<uint64_t>* numbers) {
    Bytes length_bytes;
    Bytes number_bytes;
    double count = 0;
    if (!ReadUint8s(env, arguments[0], slab) ||
        !ReadBytes(env, arguments[1], napi_int32_array, sizeof(int32_t), &length_bytes) ||
        !ReadBytes(env, arguments[2], napi_float64_array, sizeof(double), &number_bytes) ||
        !ReadInteger(env, arguments[3], 0, kMaxBatch, &count) ||
        count > static_cast<double>(length_bytes.length / sizeof(int32_t)) ||
        count > static_cast<double>(number_bytes.length / sizeof(double))) {
        return false;
    }
    const int32_t* const first_length = reinterpret_cast<const int32_t*>(length_bytes.data);
    const double* const first_number = reinterpret_cast<const double*>(number_bytes.data);
    size_t used = 0;
    for (size_t i = 0; i < static_cast<size_t>(count); i++) {
        const int32_t length = first_length[i];
        const double number = first_number[i];
        if (length < static_cast<int32_t>(kOverheadBytes) || static_cast<size_t>(length) > kMaxDatagramBytes ||
            static_cast<size_t>(length) > slab->length - used || !(number >= 0) ||
            number >= static_cast<double>(kNumberLimit) || std::floor(number) != number) {
            return false;
        }
        used += static_cast<size_t>(length);
        lengths->push_back(length);
        numbers->push_back(static_cast<uint64_t>(number));
    }
    return true;
}

// send(slab: Uint8Array, lengths: Int32Array, numbers: Float64Array, count: number): boolean. The slab holds `count`
// packets one behind the other, each with 16 bytes of room before its text and after it; they are sealed in place.
// False when some of them wait inside: onWritable follows.
napi_value Send(napi_env env, napi_callback_info info) {
    Call call;
    if (!EnterOpen(env, info, &call)) {
        return nullptr;
    }
    Bytes slab;
    std::vector<int32_t> lengths;
    std::vector<uint64_t> numbers;
    if (!call.binding->packets().is_started() || !ReadBatch(env, call.arguments, &slab, &lengths, &numbers)) {
        ThrowText(env, "expected to be started, and a slab, lengths within it, numbers and a count");
        return nullptr;
    }
    napi_value result = nullptr;
    napi_get_boolean(env, call.binding->packets().Send(slab.data, lengths, numbers), &result);
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
        {"senderOf", nullptr, SenderOf, nullptr, nullptr, nullptr, napi_default_method, nullptr},
        {"localPort", nullptr, LocalPort, nullptr, nullptr, nullptr, napi_default_method, nullptr},
        {"counters", nullptr, ReadCounters, nullptr, nullptr, nullptr, napi_default_method, nullptr},
        {"close", nullptr, Close, nullptr, nullptr, nullptr, napi_default_method, nullptr},
    };
    napi_value constructor = nullptr;
    napi_value gso = nullptr;
    napi_value gro = nullptr;
    const Offloads offloads = UdpSocket::Probe();
    if (napi_define_class(env, "PacketSocket", NAPI_AUTO_LENGTH, Construct, nullptr,
                          sizeof(methods) / sizeof(methods[0]), methods, &constructor) != napi_ok ||
        napi_get_boolean(env, offloads.gso, &gso) != napi_ok || napi_get_boolean(env, offloads.gro, &gro) != napi_ok) {
        return nullptr;
    }
    napi_set_named_property(env, exports, "PacketSocket", constructor);
    napi_set_named_property(env, exports, "hasGso", gso);
    napi_set_named_property(env, exports, "hasGro", gro);
    return exports;
}

}  // namespace
}  // namespace packet_io

NAPI_MODULE_INIT() {
    return packet_io::Init(env, exports);
}
