#include "farm.hpp"

#include "base/text.hpp"
#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "sys/tls/stream.hpp"

namespace sealpost::tlstest {
namespace {

Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

crypto::Issuer make_ca(const std::string& name, const std::optional<crypto::Issuer>& above)
{
    crypto::PrivateKey key = crypto::PrivateKey::make_ecdsa_p256().value();
    crypto::Certificate certificate = crypto::make_certificate(order_for(name, true), key, above).value();
    return {std::move(certificate), std::move(key)};
}

struct Host {
    MailHostScript script;
    std::unique_ptr<net::Listener> listener;
    std::vector<std::string>* commands = nullptr;
};

// One command line in upper case; empty at the end of the connection. The client never pipelines.
Task<std::string> hear(net::ByteStream& stream, Host& host)
{
    std::string line;
    std::string buffer(1000, '\0');
    while (!line.ends_with('\n')) {
        auto count = co_await stream.read_some(buffer, soon());
        if (!count || *count == 0) co_return std::string();
        line.append(buffer, 0, *count);
    }
    line = ascii_upper(trim(line));
    host.commands->push_back(line);
    co_return line;
}

Task<bool> say(net::ByteStream& stream, std::string text)
{
    text += "\r\n";
    auto written = co_await stream.write(text, soon());
    co_return written.has_value();
}

// Until STARTTLS was agreed (true) or the dialogue is over.
Task<bool> talk(net::ByteStream& stream, Host& host, bool offers_starttls)
{
    for (;;) {
        const std::string command = co_await hear(stream, host);
        if (command.empty()) co_return false;
        std::string answer = "250 fine";
        if (command.starts_with("EHLO")) answer = offers_starttls ? "250-mx\r\n250 STARTTLS" : "250 mx";
        if (command == "STARTTLS") answer = host.script.starttls_reply;
        if (command == "QUIT") answer = "221 bye";
        co_await say(stream, answer);
        if (command == "QUIT") co_return false;
        if (command == "STARTTLS" && answer.starts_with("220")) co_return true;
    }
}

Task<void> shake_hands(std::unique_ptr<net::TcpStream> stream, Host& host)
{
    using Then = MailHostScript::Then;
    std::string buffer(4000, '\0');
    if (host.script.then == Then::reset) {
        stream->reset();
        co_return;
    }
    if (host.script.then == Then::garbage) co_await say(*stream, "this is no TLS at all");
    if (host.script.then != Then::handshake) {
        for (;;) {
            auto count = co_await stream->read_some(buffer, soon());
            if (!count || *count == 0) co_return;
        }
    }
    auto secured = co_await tls::accept_tls(std::move(stream), host.script.identity, soon());
    if (secured) co_await talk(**secured, host, false);
}

Task<void> serve(Host& host)
{
    for (;;) {
        auto stream = co_await host.listener->accept();
        if (!stream) co_return;
        co_await say(**stream, host.script.banner);
        const bool agreed = co_await talk(**stream, host, host.script.offers_starttls);
        if (agreed) co_await shake_hands(std::move(*stream), host);
    }
}

// The same port on each address; when one is taken, another port is tried.
std::uint16_t open_listeners(std::vector<Host>& hosts, Executor executor)
{
    for (int attempt = 0; attempt < 20; ++attempt) {
        std::uint16_t port = 0;
        for (std::size_t i = 0; i < hosts.size(); ++i) {
            auto listener =
                net::Listener::bind(executor, {IpAddress::v4({127, 0, 0, static_cast<std::uint8_t>(i + 1)}), port}, false);
            if (!listener) break;
            port = (*listener)->local().port;
            hosts[i].listener = std::move(*listener);
            if (i + 1 == hosts.size()) return port;
        }
    }
    throw std::runtime_error("no port for the mail hosts");
}

Task<void> play_into(std::vector<Host>& hosts, dns::Resolver& resolver, std::string domain, DomainTestOptions options,
                     DomainTestResult& result)
{
    Executor executor = co_await async::this_executor();
    if (hosts.empty()) hosts.resize(1);  // a port where nobody listens
    options.port = open_listeners(hosts, executor);
    async::TaskGroup group(executor);
    for (Host& host : hosts) {
        if (host.commands == nullptr) host.listener->close();
        if (host.commands != nullptr) group.spawn(serve(host));
    }
    auto tested = co_await test_domain(resolver, acme_authority().trusting_client(), domain, options);
    result = std::move(tested);
    for (Host& host : hosts) host.listener->close();
    co_await group.join();
}

}  // namespace

crypto::CertificateOrder order_for(const std::string& name, bool is_ca)
{
    const WallTime now = SystemClock().now();
    crypto::CertificateOrder order;
    order.subject = name;
    order.is_ca = is_ca;
    order.not_before = now - std::chrono::hours(1);
    order.not_after = now + std::chrono::hours(1);
    if (!is_ca) order.dns_names = {name};
    return order;
}

Authority::Authority(const std::string& name)
    : root(make_ca("CN=" + name + " Root, O=" + name, std::nullopt)),
      intermediate(make_ca("CN=" + name + " Issuing, O=" + name, root))
{
}

tls::KeyPair Authority::pair(const crypto::CertificateOrder& order, const crypto::PrivateKey& key) const
{
    return {{crypto::make_certificate(order, key, intermediate).value(), intermediate.certificate}, key};
}

std::shared_ptr<const tls::ClientContext> Authority::trusting_client() const
{
    tls::ClientOptions options;
    options.trust.system = false;
    options.trust.pem_texts.push_back(root.certificate.to_pem());
    return tls::ClientContext::make(std::move(options)).value();
}

const Authority& acme_authority()
{
    static const Authority authority("Acme");
    return authority;
}

MailHostScript host_with(tls::KeyPair pair, tls::ServerOptions options)
{
    MailHostScript script;
    std::vector<tls::KeyPair> pairs;
    pairs.push_back(std::move(pair));
    script.identity = tls::ServerContext::make(std::move(pairs), std::move(options)).value();
    return script;
}

MailHostScript good_host()
{
    return host_with(acme_authority().pair(order_for("mx.acme.test"), crypto::PrivateKey::make_ecdsa_p256().value()));
}

Played play(std::vector<MailHostScript> scripts, std::string zone, std::chrono::milliseconds timeout, std::string domain,
            net::SourceAddresses from)
{
    Played played;
    std::vector<Host> hosts;
    for (MailHostScript& script : scripts) hosts.push_back({std::move(script), nullptr, &played.commands});
    dns::CannedResolver resolver(zone);
    DomainTestOptions options;
    options.timeout = timeout;
    options.helo_name = "tester.test";
    options.from = std::move(from);
    async::run_here([&] { return play_into(hosts, resolver, domain, options, played.result); });
    return played;
}

}  // namespace sealpost::tlstest
