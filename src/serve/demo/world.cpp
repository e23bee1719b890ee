#include "serve/demo/world.hpp"

#include "base/encoding.hpp"
#include "core/keys/kek.hpp"
#include "serve/demo/blocking.hpp"
#include "sys/crypto/password.hpp"
#include "sys/crypto/random.hpp"
#include "wire/dkim/signer.hpp"

namespace sealpost::demo {
namespace {

constexpr std::string_view gateway_host = "mx1.acme.test";
constexpr std::string_view partner_host = "mx.partner.test";
constexpr std::string_view service_domain = "keys.test";
constexpr std::string_view dkim_selector = "s1";  // world_files.cpp says the same

std::string make_password() { return format_base64url(crypto::random_bytes(12)); }

Task<int> stop_names(NameServer& names)
{
    names.stop();
    co_return 0;
}

}  // namespace

World::World(WorldOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock), log_(log::Log::silent()) {}

Result<std::unique_ptr<World>> World::start(WorldOptions options, const Clock& clock)
{
    std::unique_ptr<World> world(new World(std::move(options), clock));
    SEALPOST_CHECK(files::make_directory(world->options_.directory));
    world->log_ = log::Log::to_file((world->options_.directory / "demo.log").string(), log::Format::json, log::Level::info);
    SEALPOST_TRY(world->plan_, Plan::make(world->options_.port_base));
    world->secrets_.administrator_password = make_password();
    world->secrets_.submission_password = make_password();
    world->pool_ = std::make_unique<async::BlockingPool>(2);
    world->workers_ = std::make_unique<async::Workers>(1);
    SEALPOST_CHECK(world->make_files());
    SEALPOST_CHECK(world->start_names());
    SEALPOST_CHECK(world->start_mail_servers());
    SEALPOST_CHECK(world->start_service());
    SEALPOST_CHECK(world->start_gateway());
    return world;
}

World::~World()
{
    if (gateway_) gateway_->stop();
    if (service_) service_->stop();
    for (auto& server : mail_servers_) server->stop(std::chrono::milliseconds(100));
    if (names_) run_on(*workers_, stop_names(*names_));  // its socket belongs to the worker
    if (workers_) workers_->stop();
}

Result<> World::write_certificate(const std::string& node, const std::string& name, const CertificateFiles& certificate)
{
    const auto folder = options_.directory / node;
    SEALPOST_CHECK(files::make_directory(folder));
    SEALPOST_CHECK(files::write_file(folder / (name + ".pem"), certificate.chain_pem, files::Access::everybody));
    return files::write_secret(folder / (name + ".key"), Secret::copy_of(certificate.key_pem));
}

Result<> World::write_dkim_key(const std::string& node, const std::string& domain)
{
    SEALPOST_TRY(const auto key, crypto::PrivateKey::make_rsa(dkim::made_key_bits));
    dkim_records_[dkim::record_name(domain, dkim_selector)] = dkim::format_record(key);
    return files::write_secret(options_.directory / node / "dkim-s1.key", key.to_pem());
}

Result<> World::make_files()
{
    SEALPOST_TRY(authority_, Authority::make(clock_.now()));
    SEALPOST_CHECK(files::write_file(root_file(), authority_->root_pem(), files::Access::everybody));
    SEALPOST_TRY(auto gateway, authority_->issue(std::string(gateway_host)));
    SEALPOST_CHECK(write_certificate("acme", "mx1", gateway));
    SEALPOST_TRY(auto admin, authority_->issue("mx1.localhost"));
    SEALPOST_CHECK(write_certificate("acme", "admin", admin));
    SEALPOST_TRY(auto partner, authority_->issue(std::string(partner_host)));
    SEALPOST_CHECK(write_certificate("partner", "mx", partner));
    SEALPOST_TRY(auto service, authority_->issue(std::string(service_domain), {"localhost"}));
    SEALPOST_CHECK(write_certificate("keys", "keys", service));
    SEALPOST_CHECK(write_dkim_key("acme", "acme.test"));
    SEALPOST_CHECK(write_dkim_key("keys", std::string(service_domain)));
    const std::string user =
        std::string(alice) + ':' + crypto::hash_password(Secret::copy_of(secrets_.submission_password)) + '\n';
    SEALPOST_CHECK(files::write_secret(options_.directory / "acme" / "submission.users", Secret::copy_of(user)));
    SEALPOST_CHECK(files::write_file(config_file("keys"), service_config(), files::Access::everybody));
    return files::write_file(config_file("acme"), gateway_config(), files::Access::everybody);
}

ZoneData World::make_zone() const
{
    ZoneData zone;
    zone.add_mail_host("acme.test", 10, std::string(gateway_host));
    zone.add_address(std::string(gateway_host), plan_.public_mx.address);
    zone.add_mail_host("partner.test", 10, std::string(partner_host));
    zone.add_address(std::string(partner_host), plan_.partner_mx.address);
    zone.add_address("out.keys.test", plan_.service_sends_from);
    zone.add_address("keys.test", plan_.service.address);
    for (const auto& [name, record] : dkim_records_) zone.add_text(name, record);
    add_sender_records(zone);
    return zone;
}

// Who may send as whom. The service lists each address that it sends from; partner.test lets it send
// under the names of its people, acme.test does not.
void World::add_sender_records(ZoneData& zone) const
{
    zone.add_mail_host("keys.test", 10, "out.keys.test");
    zone.add_text("keys.test", "v=spf1 mx exists:%{i}.spf.keys.test -all");
    zone.add_listed(format_ip(plan_.service_sends_from) + ".spf.keys.test");
    zone.add_text("out.keys.test", "v=spf1 a -all");  // for its HELO (RFC 7208 §2.3)
    zone.add_text("acme.test", "v=spf1 mx -all");
    zone.add_text("partner.test", "v=spf1 mx include:keys.test -all");
    for (const char* domain : {"keys.test", "acme.test", "partner.test"})
        zone.add_text("_dmarc." + std::string(domain), "v=DMARC1; p=reject");
}

Result<> World::start_names()
{
    SEALPOST_TRY(names_, NameServer::bind(workers_->executor(0), plan_.names, make_zone()));
    workers_->spawn(0, names_->run());
    return {};
}

Result<> World::start_mail_servers()
{
    mailboxes_ = std::make_unique<Mailboxes>(options_.directory / "mailboxes", clock_);
    SEALPOST_CHECK(mailboxes_->add(std::string(alice)));
    SEALPOST_CHECK(mailboxes_->add(std::string(bob)));
    SEALPOST_TRY(auto chain, files::read_file(options_.directory / "partner" / "mx.pem", 1 << 20));
    SEALPOST_TRY(auto key, files::read_secret(options_.directory / "partner" / "mx.key", 1 << 20));
    SEALPOST_TRY(auto pair, tls::parse_key_pair(chain, key.reveal_text()));
    std::vector<tls::KeyPair> pairs;
    pairs.push_back(std::move(pair));
    SEALPOST_TRY(auto context, tls::ServerContext::make(std::move(pairs)));
    for (const bool is_partner : {true, false}) {
        smtpd::MailServerOptions options;
        options.listener = is_partner ? "partner" : "acme-inner";
        options.endpoints = {is_partner ? plan_.partner_mx : plan_.inner};
        if (is_partner) options.identity = std::make_shared<tls::ServerIdentity>(context);
        options.profile.hostname = is_partner ? partner_host : "inner.acme.test";
        options.profile.offer_starttls = is_partner;
        options.profile.limits.max_message_bytes = 100 * 1024 * 1024;
        options.make_handler = [this] { return std::make_unique<MailboxServer>(*mailboxes_, *pool_); };
        options.log = log_;
        SEALPOST_TRY(auto server, smtpd::MailServer::start(*workers_, std::move(options)));
        mail_servers_.push_back(std::move(server));
    }
    return {};
}

Result<> World::start_service()
{
    SEALPOST_CHECK(keys::KekFile::make((options_.directory / "keys" / "kek.key").string(), clock_.now()));
    SEALPOST_TRY(auto config, config::load_config(config_file("keys")));
    SEALPOST_TRY(service_, node::Node::start(std::move(config), clock_, log_.with("node", "keys")));
    std::string token;
    SEALPOST_CHECK(set_up_service(token));
    return files::write_secret(options_.directory / "acme" / "service.token", Secret::copy_of(token));
}

Result<> World::set_up_service(std::string& token)
{
    auto& role = *service_->service();
    auto& workers = *service_->machinery().workers;
    people::Account account;
    account.name = "acme";
    account.organisation = "Acme";
    account.domains = {"acme.test"};
    SEALPOST_TRY(auto added, run_on(workers, role.people().accounts().add(account)));
    SEALPOST_TRY(auto made, run_on(workers, role.people().accounts().make_token(
                                                added.id, "mx1.acme.test", {std::string(people::Accounts::envelopes_scope)})));
    token = std::string(made.token.reveal_text());
    const people::Duties duties{added.id};
    SEALPOST_CHECK(run_on(workers, role.people().administrators().add(secrets_.administrator, duties,
                                                                      Secret::copy_of(secrets_.administrator_password))));
    SEALPOST_CHECK(run_on(workers, role.domains().add("acme.test", added.id, "postmaster@acme.test", "demo")));
    SEALPOST_CHECK(run_on(workers, role.domains().proofs().trust_ownership({"acme.test", added.id}, "demo")));
    return {};
}

Result<> World::set_up_gateway()
{
    SEALPOST_TRY(auto config, config::load_config(config_file("acme")));
    SEALPOST_TRY(auto database, db::Database::open(config.store.url));
    SEALPOST_TRY(auto store,
                 revisions::PolicyStore::open(database, clock_, policy::list_listeners(config), policy::describe_node(config)));
    SEALPOST_TRY(auto submitted, store->submit(gateway_policy(), "policy.toml", "demo"));
    if (submitted.kind == revisions::SubmitResult::Kind::refused) return config::to_error(submitted.problems);
    if (submitted.kind == revisions::SubmitResult::Kind::staged) SEALPOST_CHECK(store->commit("demo", "The demo world's policy"));
    SEALPOST_TRY(auto people, people::People::open(database, clock_, {}));
    const people::Duties duties{std::nullopt, true};
    SEALPOST_CHECK(run_on(*workers_, people->administrators().add(secrets_.administrator, duties,
                                                                  Secret::copy_of(secrets_.administrator_password))));
    database->close();
    return files::write_file(options_.directory / "acme" / "policy.toml", gateway_policy(), files::Access::everybody);
}

Result<> World::start_gateway()
{
    SEALPOST_TRY(auto config, config::load_config(config_file("acme")));
    SEALPOST_CHECK(files::make_directory(config.node.data_dir));
    SEALPOST_CHECK(set_up_gateway());
    SEALPOST_TRY(gateway_, node::Node::start(std::move(config), clock_, log_.with("node", "acme")));
    return {};
}

Result<> World::present_certificate(bool self_signed)
{
    const std::string host(gateway_host);
    SEALPOST_TRY(auto certificate, self_signed ? Authority::make_self_signed(host, clock_.now()) : authority_->issue(host));
    SEALPOST_CHECK(write_certificate("acme", "mx1", certificate));
    if (const auto kept = gateway_->reload(); !kept.empty()) return Error{Fault::config, kept.front()};
    service_->close_idle_deliveries();  // else a connection proven before would carry the next reply
    self_signed_ = self_signed;
    return {};
}

}  // namespace sealpost::demo
