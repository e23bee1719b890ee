#include "channel.hpp"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>

namespace mail_load {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

Poller::Poller() : descriptor_(::epoll_create1(EPOLL_CLOEXEC))
{
    if (descriptor_ < 0) throw std::runtime_error("no epoll");
}

Poller::~Poller() { ::close(descriptor_); }

void Poller::add(int descriptor, std::uint32_t events, void* owner) const
{
    epoll_event event{};
    event.events = events;
    event.data.ptr = owner;
    if (::epoll_ctl(descriptor_, EPOLL_CTL_ADD, descriptor, &event) != 0) throw std::runtime_error("epoll_ctl");
}

void Poller::change(int descriptor, std::uint32_t events, void* owner) const
{
    epoll_event event{};
    event.events = events;
    event.data.ptr = owner;
    ::epoll_ctl(descriptor_, EPOLL_CTL_MOD, descriptor, &event);
}

Channel::~Channel()
{
    // A session that is not shut down would not be given out for resumption.
    if (tls_) SSL_set_shutdown(tls_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    ::close(descriptor_);
}

Channel::Progress Channel::send()
{
    if (out_.empty()) return Progress::done;
    wants_write_ = false;
    while (sent_ < out_.size()) {
        const char* next = out_.data() + sent_;
        const std::size_t left = out_.size() - sent_;
        if (tls_) {
            std::size_t wrote = 0;
            const int result = SSL_write_ex(tls_.get(), next, left, &wrote);
            if (result != 1) return progress_of(result);
            sent_ += wrote;
            continue;
        }
        const auto wrote = ::send(descriptor_, next, left, MSG_NOSIGNAL);
        if (wrote < 0 && errno == EINTR) continue;
        wants_write_ = wrote < 0 && errno == EAGAIN;
        if (wrote < 0) return wants_write_ ? Progress::waits : Progress::broken;
        sent_ += static_cast<std::size_t>(wrote);
    }
    out_.clear();
    sent_ = 0;
    return Progress::done;
}

Channel::Progress Channel::receive(std::string& heard)
{
    char buffer[32'768];
    for (;;) {
        if (tls_) {
            std::size_t got = 0;
            const int result = SSL_read_ex(tls_.get(), buffer, sizeof buffer, &got);
            if (result != 1) return progress_of(result);
            heard.append(buffer, got);
            continue;
        }
        const auto got = ::recv(descriptor_, buffer, sizeof buffer, 0);
        if (got == 0) return Progress::broken;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno == EAGAIN ? Progress::waits : Progress::broken;
        heard.append(buffer, static_cast<std::size_t>(got));
        if (static_cast<std::size_t>(got) < sizeof buffer) return Progress::waits;
    }
}

void Channel::begin_tls(SSL_CTX* context, bool is_server, SSL_SESSION* resumed)
{
    tls_.reset(SSL_new(context));
    SSL_set_mode(tls_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_set_fd(tls_.get(), descriptor_);
    if (is_server) {
        SSL_set_accept_state(tls_.get());
    } else {
        SSL_set_connect_state(tls_.get());
        if (resumed != nullptr) SSL_set_session(tls_.get(), resumed);
    }
}

Channel::Progress Channel::shake()
{
    wants_write_ = false;
    const int result = SSL_do_handshake(tls_.get());
    return result == 1 ? Progress::done : progress_of(result);
}

Channel::Progress Channel::progress_of(int result)
{
    const int why = SSL_get_error(tls_.get(), result);
    ERR_clear_error();
    wants_write_ = why == SSL_ERROR_WANT_WRITE;
    return why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_WANT_READ ? Progress::waits : Progress::broken;
}

std::uint32_t Channel::wanted() const { return EPOLLIN | (wants_write_ ? EPOLLOUT : 0U); }

}  // namespace mail_load
