#include <netinet/tcp.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <vector>

#include "channel.hpp"
#include "runs.hpp"

namespace mail_load {
namespace {

constexpr int tick_milliseconds = 100;
constexpr std::size_t head_octets = 16'384;  // the number of a message stands within so many

struct Arrivals {
    std::atomic<long> messages = 0;
    std::atomic<double> first = 0;
    std::atomic<double> last = 0;
    std::vector<std::uint32_t> serials;  // read when the thread has ended
    long recipients = 0;
    long sessions = 0;
    std::size_t octets = 0;
};

struct Settings {
    const Options& options;
    TlsContext tls;
};

class Receiver {
public:
    Receiver(int descriptor, const Settings& settings, Arrivals& arrivals)
        : channel_(descriptor), settings_(settings), arrivals_(arrivals)
    {
        if (!settings_.options.is_tarpit) channel_.say("220 sink.bench.test ESMTP\r\n");
    }

    // False when the session is over.
    bool advance()
    {
        if (is_shaking_) {
            const auto progress = channel_.shake();
            if (progress != Channel::Progress::done) return progress == Channel::Progress::waits;
            is_shaking_ = false;
        }
        const bool is_open = channel_.receive(heard_) != Channel::Progress::broken;
        if (settings_.options.is_tarpit) heard_.clear();
        while (is_in_content_ ? take_content() : take_command()) {
        }
        heard_.erase(0, taken_);
        taken_ = 0;
        if (channel_.send() == Channel::Progress::broken) return false;
        if (begins_tls_) begin_tls();
        return is_open && !has_quit_;
    }
    [[nodiscard]] const Channel& channel() const { return channel_; }
    std::uint32_t watched = EPOLLIN;

private:
    void begin_tls()
    {
        begins_tls_ = false;
        is_shaking_ = true;
        heard_.clear();
        channel_.begin_tls(settings_.tls.get(), true, nullptr);
    }

    bool take_command()
    {
        const auto end = heard_.find('\n', taken_);
        if (end == std::string::npos) return false;
        const std::string_view line(heard_.data() + taken_, end - taken_);
        taken_ = end + 1;
        channel_.say(reply_to(line));
        return !begins_tls_;
    }

    std::string_view reply_to(std::string_view line)
    {
        std::string verb(line.substr(0, 4));
        for (char& c : verb) c = static_cast<char>(c & ~0x20);
        if (verb == "RCPT") {
            ++arrivals_.recipients;
            return "250 2.1.5 ok\r\n";
        }
        if (verb == "DATA") {
            is_in_content_ = true;
            searched_ = 0;
            serial_ = missing;
            content_octets_ = 0;
            return "354 go on\r\n";
        }
        if (verb == "EHLO") {
            return settings_.tls && !channel_.is_tls()
                       ? "250-sink.bench.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE\r\n250 STARTTLS\r\n"
                       : "250-sink.bench.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE\r\n";
        }
        if (verb == "STAR" && settings_.tls) {
            begins_tls_ = true;
            return "220 go ahead\r\n";
        }
        has_quit_ = verb == "QUIT";
        return has_quit_ ? "221 bye\r\n" : "250 ok\r\n";
    }

    // Looks for the end of data (RFC 5321 §4.1.1.4); what was looked through is dropped but for its last octets.
    bool take_content()
    {
        const char* begin = heard_.data() + taken_;
        const std::size_t size = heard_.size() - taken_;
        if (serial_ == missing && content_octets_ < head_octets) look_for_serial({begin, std::min(size, head_octets)});
        const auto* found = static_cast<const char*>(::memmem(begin + searched_, size - searched_, "\r\n.\r\n", 5));
        if (found != nullptr) {
            taken_ += static_cast<std::size_t>(found - begin) + 5;
            content_octets_ += static_cast<std::size_t>(found - begin) + 2;
            arrived();
            return true;
        }
        searched_ = size < 4 ? 0 : size - 4;
        // A head stays together until it has been read; large bodies do not pile up.
        if (size > head_octets) {
            taken_ += searched_;
            content_octets_ += searched_;
            searched_ = 0;
        }
        return false;
    }

    void look_for_serial(std::string_view head)
    {
        constexpr std::string_view field = "\nX-Bench: ";
        const auto at = head.find(field);
        if (at == std::string_view::npos || head.find('\n', at + 1) == std::string_view::npos) return;
        std::from_chars(head.data() + at + field.size(), head.data() + head.size(), serial_);
    }

    void arrived()
    {
        const double moment = now();
        is_in_content_ = false;
        arrivals_.serials.push_back(serial_);
        arrivals_.octets += content_octets_;
        if (arrivals_.messages == 0) arrivals_.first = moment;
        arrivals_.last = moment;
        ++arrivals_.messages;
        channel_.say("250 2.0.0 taken\r\n");
    }

    static constexpr std::uint32_t missing = 0xFFFFFFFF;

    Channel channel_;
    const Settings& settings_;
    Arrivals& arrivals_;
    std::string heard_;
    std::size_t taken_ = 0;
    std::size_t searched_ = 0;
    std::size_t content_octets_ = 0;
    std::uint32_t serial_ = missing;
    bool is_in_content_ = false;
    bool is_shaking_ = false;
    bool begins_tls_ = false;
    bool has_quit_ = false;
};

int listen_at(const sockaddr_in& address)
{
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(descriptor, 1024) != 0)
        throw std::runtime_error("cannot listen");
    return descriptor;
}

class Listener {
public:
    Listener(const Settings& settings, Arrivals& arrivals)
        : settings_(settings), arrivals_(arrivals), descriptor_(listen_at(settings.options.address))
    {
        poller_.add(descriptor_, EPOLLIN, nullptr);
    }
    ~Listener() { ::close(descriptor_); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    void run(const std::atomic<bool>& ends)
    {
        while (!ends)
            poller_.wait(tick_milliseconds,
                         [this](void* owner) { owner == nullptr ? accept_all() : advance(static_cast<Receiver*>(owner)); });
    }

private:
    void accept_all()
    {
        for (;;) {
            const int taken = ::accept4(descriptor_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (taken < 0) return;
            const int yes = 1;
            ::setsockopt(taken, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            ++arrivals_.sessions;
            auto receiver = std::make_unique<Receiver>(taken, settings_, arrivals_);
            auto* key = receiver.get();
            receivers_.emplace(key, std::move(receiver));
            poller_.add(taken, EPOLLIN, key);
            advance(key);
        }
    }
    void advance(Receiver* receiver)
    {
        if (!receiver->advance()) {
            receivers_.erase(receiver);
            return;
        }
        const auto wanted = receiver->channel().wanted();
        if (wanted == receiver->watched) return;
        receiver->watched = wanted;
        poller_.change(receiver->channel().descriptor(), wanted, receiver);
    }

    const Settings& settings_;
    Arrivals& arrivals_;
    Poller poller_;
    int descriptor_;
    std::unordered_map<Receiver*, std::unique_ptr<Receiver>> receivers_;
};

// Until SIGTERM or SIGINT.
void tell_progress(const std::vector<Arrivals>& arrivals, int signals)
{
    long told = -1;
    Poller poller;
    poller.add(signals, EPOLLIN, nullptr);
    for (bool ends = false; !ends;) {
        poller.wait(tick_milliseconds, [&](void*) { ends = true; });
        long messages = 0;
        double last = 0;
        for (const auto& one : arrivals) {
            messages += one.messages;
            last = std::max(last, one.last.load());
        }
        if (messages == told) continue;
        told = messages;
        std::printf("{\"at\":%.3f,\"messages\":%ld}\n", last, messages);
        std::fflush(stdout);
    }
}

void print(std::vector<Arrivals>& arrivals)
{
    std::vector<std::uint32_t> serials;
    long recipients = 0;
    long sessions = 0;
    std::size_t octets = 0;
    double first = 0;
    double last = 0;
    for (const auto& one : arrivals) {
        serials.insert(serials.end(), one.serials.begin(), one.serials.end());
        recipients += one.recipients;
        sessions += one.sessions;
        octets += one.octets;
        if (one.first > 0) first = first > 0 ? std::min(first, one.first.load()) : one.first.load();
        last = std::max(last, one.last.load());
    }
    std::sort(serials.begin(), serials.end());
    const auto different = std::unique(serials.begin(), serials.end()) - serials.begin();
    std::printf(
        "{\"received\":%zu,\"different\":%td,\"recipients\":%ld,\"sessions\":%ld,\"octets\":%zu,\"first\":%.3f,\"last\":%.3f}\n",
        serials.size(), different, recipients, sessions, octets, first, last);
}

TlsContext make_context(const Options& options)
{
    if (options.chain_file.empty()) return nullptr;
    TlsContext context(SSL_CTX_new(TLS_server_method()));
    if (SSL_CTX_use_certificate_chain_file(context.get(), options.chain_file.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context.get(), options.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error("cannot read the certificate or its key");
    return context;
}

}  // namespace

int run_sink(const Options& options)
{
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    sigprocmask(SIG_BLOCK, &ending, nullptr);
    const int signals = ::signalfd(-1, &ending, SFD_CLOEXEC);
    const Settings settings{options, make_context(options)};
    std::vector<Arrivals> arrivals(static_cast<std::size_t>(options.threads));
    std::atomic<bool> ends = false;
    {
        std::vector<std::unique_ptr<Listener>> listeners;
        for (auto& one : arrivals) listeners.push_back(std::make_unique<Listener>(settings, one));
        std::printf("listening\n");
        std::fflush(stdout);
        std::vector<std::jthread> threads;
        for (auto& one : listeners) threads.emplace_back([&one, &ends] { one->run(ends); });
        tell_progress(arrivals, signals);
        ends = true;
    }
    print(arrivals);
    return 0;
}

}  // namespace mail_load
