// Joins one object of JavaScript and its PacketSocket.
#ifndef CONNECT_BINDING_H_
#define CONNECT_BINDING_H_

#include <node_api.h>

#include "packet_socket.h"
#include "values.h"

namespace packet_io {

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

}  // namespace packet_io

#endif  // CONNECT_BINDING_H_
