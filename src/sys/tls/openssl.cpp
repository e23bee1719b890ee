#include "sys/tls/openssl.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace sealpost::tls {
namespace {

// The BIO's data is the descriptor; its "num" flag says that the peer has closed.
int descriptor_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool try_again(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

constexpr int saw_end_flag = 0x10000;

int write_socket(BIO* bio, const char* data, int size)
{
    BIO_clear_retry_flags(bio);
    const auto sent = ::send(descriptor_of(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent < 0 && try_again(errno)) BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

int read_socket(BIO* bio, char* into, int size)
{
    BIO_clear_retry_flags(bio);
    const auto got = ::recv(descriptor_of(bio), into, static_cast<std::size_t>(size), 0);
    if (got < 0 && try_again(errno)) BIO_set_retry_read(bio);
    if (got == 0) BIO_set_flags(bio, saw_end_flag);
    return static_cast<int>(got);
}

long control_socket(BIO* bio, int command, long, void*)
{
    if (command == BIO_CTRL_FLUSH) return 1;
    return command == BIO_CTRL_EOF ? BIO_test_flags(bio, saw_end_flag) != 0 : 0;
}

int create(BIO* bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD* make_method()
{
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
    BIO_meth_set_write(method, write_socket);
    BIO_meth_set_read(method, read_socket);
    BIO_meth_set_ctrl(method, control_socket);
    BIO_meth_set_create(method, create);
    return method;
}

}  // namespace

std::string take_error()
{
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason == nullptr ? "unknown TLS error" : reason;
}

int openssl_version(Version version)
{
    switch (version) {
        case Version::tls1_0: return TLS1_VERSION;
        case Version::tls1_1: return TLS1_1_VERSION;
        case Version::tls1_2: return TLS1_2_VERSION;
        case Version::tls1_3: return TLS1_3_VERSION;
    }
    return TLS1_2_VERSION;
}

BIO* make_socket_bio(int descriptor)
{
    static BIO_METHOD* const method = make_method();
    BIO* bio = BIO_new(method);
    // The BIO keeps one pointer for us: the descriptor travels in it.
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));  // NOLINT(performance-no-int-to-ptr)
    return bio;
}

}  // namespace sealpost::tls
