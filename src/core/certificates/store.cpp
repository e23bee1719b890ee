#include "core/certificates/store.hpp"

#include "base/text.hpp"
#include "core/config/certificate_files.hpp"

#include <algorithm>

namespace sealpost::certificates {
namespace {

namespace fs = std::filesystem;
using Configured = config::NodeConfig::Certificate;

constexpr std::chrono::days demo_life{365};
constexpr const char* request_file = "request.pem";
constexpr const char* request_key_file = "request.key";
constexpr const char* previous_key_file = "request.key.previous";

std::vector<std::string> list_uses(const config::NodeConfig& config, const std::string& name)
{
    const auto names = [&](const std::vector<std::string>& all) { return std::find(all.begin(), all.end(), name) != all.end(); };
    std::vector<std::string> uses;
    for (const auto& listener : config.listeners)
        if (names(listener.certificates)) uses.push_back("listener " + listener.name);
    if (names(config.service.certificates)) uses.emplace_back("service");
    if (names(config.admin.certificates)) uses.emplace_back("admin");
    return uses;
}

Result<std::optional<crypto::PrivateKey>> load_key(const files::Path& path)
{
    SEALPOST_TRY(const auto text, files::read_secret(path, crypto::max_chain_pem_bytes));
    auto key = crypto::PrivateKey::parse_pem(text.reveal_text());
    if (key.has_error()) return key.error().in(path.string());
    return std::optional(std::move(*key));
}

std::string format_key(const crypto::PrivateKey& key) { return key.type() + " " + std::to_string(key.bits()); }

// RFC 4514 §2.4.
std::string escape(std::string_view value)
{
    std::string escaped;
    for (const char c : value) {
        if (c == ',' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

constexpr std::size_t most_common_name_bytes = 64;  // RFC 5280, upper bound ub-common-name

std::string format_subject(const Subject& subject, const std::string& first_name)
{
    std::vector<std::string> parts;
    if (first_name.size() <= most_common_name_bytes) parts.push_back("CN=" + first_name);
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty()) parts.push_back(std::string(key) + "=" + escape(value));
    };
    add("OU", subject.unit);
    add("O", subject.organization);
    add("L", subject.city);
    add("ST", subject.state);
    add("C", subject.country);
    return parts.empty() ? "O=" + first_name.substr(0, most_common_name_bytes) : join(parts, ", ");
}

// One change at a time.
Result<files::DirectoryLock> lock(const Configured& certificate, const fs::path& folder)
{
    SEALPOST_CHECK(files::make_directory(folder));
    auto taken = files::DirectoryLock::take(folder);
    if (taken.has_error()) return taken.error().in("certificate \"" + certificate.name + "\" cannot be changed now");
    return taken;
}

State state_of(const std::vector<crypto::Certificate>& chain, WallTime now)
{
    if (chain.empty()) return State::none;
    if (is_demo(chain.front())) return State::demo;
    if (find_end(chain) <= now) return State::expired;
    return chain.front().is_self_signed() ? State::self_signed : State::installed;
}

bool names_all(const crypto::Certificate& leaf, const std::vector<std::string>& names)
{
    const auto borne = leaf.dns_names();
    return std::all_of(names.begin(), names.end(),
                       [&](const auto& name) { return std::find(borne.begin(), borne.end(), name) != borne.end(); });
}

}  // namespace

std::string_view format_state(State state)
{
    switch (state) {
        case State::none: return "none";
        case State::demo: return "demo";
        case State::self_signed: return "self_signed";
        case State::installed: return "installed";
        case State::expired: break;
    }
    return "expired";
}

Store::Store(const config::NodeConfig& config, std::shared_ptr<const crypto::TrustStore> trust, const Clock& clock)
    : folder_(config.node.data_dir / "certificates"), certificates_(config.certificates), trust_(std::move(trust)), clock_(&clock)
{
    for (const auto& certificate : certificates_) used_by_.push_back(list_uses(config, certificate.name));
}

const Configured* Store::find_configured(std::string_view name) const
{
    const auto at = std::find_if(certificates_.begin(), certificates_.end(), [&](const auto& each) { return each.name == name; });
    return at == certificates_.end() ? nullptr : &*at;
}

std::vector<std::string> Store::list_names() const
{
    std::vector<std::string> names;
    for (const auto& certificate : certificates_) names.push_back(certificate.name);
    return names;
}

PairFiles Store::files_of(const Configured& certificate) const { return PairFiles(folder_ / certificate.name); }

Result<const Configured*> Store::require(const std::string& name, bool to_change) const
{
    const Configured* found = find_configured(name);
    if (!found) return Error{Fault::denied, "there is no [[certificate]] \"" + name + "\""};
    if (to_change && !found->is_kept_by_node())
        return Error{Fault::denied,
                     "certificate \"" + name + "\" is kept in files (" + found->chain.string() + "): replace them, and reload"};
    return found;
}

Result<Pair> Store::load_pair(const Configured& certificate) const
{
    const std::string context = "certificate \"" + certificate.name + "\"";
    if (certificate.is_kept_by_node()) {
        auto kept = files_of(certificate).load();
        if (kept.has_error()) return kept.error().in(context);
        if (!*kept) return Error{Fault::config, context + ": none is installed"};
        return std::move(**kept);
    }
    SEALPOST_TRY(const auto chain_text, files::read_file(certificate.chain, crypto::max_chain_pem_bytes));
    SEALPOST_TRY(const auto key_text, files::read_secret(certificate.key, crypto::max_chain_pem_bytes));
    auto pair = crypto::parse_key_pair(chain_text, key_text.reveal_text());
    if (pair.has_error())
        return pair.error().in(context + " in " + certificate.chain.string() + " and " + certificate.key.string());
    return pair;
}

Result<Pair> Store::load(const std::string& name) const
{
    SEALPOST_TRY(const auto* certificate, require(name, false));
    return load_pair(*certificate);
}

Result<std::optional<Request>> Store::load_request(const Configured& certificate) const
{
    if (!certificate.is_kept_by_node()) return std::optional<Request>();
    SEALPOST_TRY(const auto key, load_request_key(certificate));
    if (!key) return std::optional<Request>();
    const auto folder = folder_ / certificate.name;
    Request request;
    SEALPOST_TRY(request.pem, files::read_file(folder / request_file, crypto::max_chain_pem_bytes));
    auto names = crypto::parse_request_names(request.pem);
    if (names.has_error()) return names.error().in((folder / request_file).string());
    request.names = std::move(*names);
    request.key = format_key(*key);
    request.made_at = find_file_time(folder / request_file).value_or(WallTime());
    return std::optional(std::move(request));
}

// What cannot be read is none: it shall not be in the way of what replaces it.
Kept Store::load_kept(const Configured& certificate) const
{
    Kept kept;
    auto pair = files_of(certificate).load();
    if (pair.has_error()) {
        kept.problem = "what is installed cannot be used: " + pair.error().text;
    } else if (*pair && !is_demo((*pair)->chain.front())) {
        // A request may be made by whoever gets the demo certificate; nobody signs that one's key.
        kept.key = std::move((*pair)->key);
        kept.chain = std::move((*pair)->chain);
    }
    const auto take = [&](Result<std::optional<crypto::PrivateKey>> key, const std::string& what) {
        if (key.has_value()) return std::move(*key);
        kept.problem += (kept.problem.empty() ? "" : "; ") + what + " cannot be used: " + key.error().text;
        return std::optional<crypto::PrivateKey>();
    };
    kept.request_key = take(load_request_key(certificate), "the key of the request");
    const auto previous = folder_ / certificate.name / previous_key_file;
    if (files::is_there(previous)) kept.previous_request_key = take(load_key(previous), "the key of the request before");
    return kept;
}

Result<std::optional<crypto::PrivateKey>> Store::load_request_key(const Configured& certificate) const
{
    const auto folder = folder_ / certificate.name;
    if (!files::is_there(folder / request_file)) return std::optional<crypto::PrivateKey>();
    return load_key(folder / request_key_file);
}

Entry Store::describe(const Configured& certificate) const
{
    Entry entry;
    entry.name = certificate.name;
    entry.is_kept_by_node = certificate.is_kept_by_node();
    entry.acme = certificate.acme;
    entry.names = certificate.names;
    entry.used_by = used_by_.at(static_cast<std::size_t>(&certificate - certificates_.data()));
    const WallTime now = clock_->now();
    auto request = load_request(certificate);
    if (request.has_value())
        entry.request = std::move(*request);
    else if (files::is_there(folder_ / certificate.name / request_file))  // was not installed meanwhile
        entry.request_problem = std::move(request.error().text);
    auto pair = load_pair(certificate);
    if (pair.has_error()) {
        entry.finding = refuse(Verdict::no_certificate, pair.error().text);
        return entry;
    }
    entry.state = state_of(pair->chain, now);
    entry.installed_at = entry.is_kept_by_node ? files_of(certificate).installed_at() : find_file_time(certificate.chain);
    entry.days_left = count_days_left(pair->chain, now);
    ChainQuestion question;
    question.chain = std::move(pair->chain);
    if (entry.is_kept_by_node) question.names = certificate.names;
    entry.finding = check_chain(std::move(question), *trust_, now);
    return entry;
}

std::vector<Entry> Store::list() const
{
    std::vector<Entry> entries;
    for (const auto& certificate : certificates_) entries.push_back(describe(certificate));
    return entries;
}

Result<Entry> Store::find(const std::string& name) const
{
    SEALPOST_TRY(const auto* certificate, require(name, false));
    return describe(*certificate);
}

// The key first: a request is pending when its text is there, and then its key is, too.
Result<Request> Store::make_request(const std::string& name, const RequestOrder& order) const
{
    SEALPOST_TRY(const auto* certificate, require(name, true));
    const auto folder = folder_ / name;
    SEALPOST_TRY(const auto held, lock(*certificate, folder));
    crypto::CertificateOrder wanted;
    wanted.dns_names = order.names.empty() ? certificate->names : order.names;
    wanted.subject = format_subject(order.subject, wanted.dns_names.front());
    SEALPOST_TRY(const auto key,
                 crypto::PrivateKey::make_of_type(order.key_type.empty() ? certificate->key_type : order.key_type));
    SEALPOST_TRY(const auto pem, crypto::make_request(wanted, key));
    SEALPOST_CHECK(keep_request_key(*certificate));
    SEALPOST_CHECK(files::remove_file(folder / request_file));
    SEALPOST_CHECK(files::write_secret(folder / request_key_file, key.to_pem()));
    SEALPOST_CHECK(files::write_file(folder / request_file, pem, files::Access::owner_only));
    SEALPOST_TRY(auto made, load_request(*certificate));
    if (!made) return Error{Fault::retry_later, "the request was replaced"};
    return std::move(*made);
}

// As the previous one. A key without its request, left by a crash, was never given away, and one that cannot be read is of no
// use.
Result<> Store::keep_request_key(const Configured& certificate) const
{
    const auto key = load_request_key(certificate);
    if (key.has_error() || !*key) return {};
    return files::write_secret(folder_ / certificate.name / previous_key_file, (*key)->to_pem());
}

Result<> Store::forget_request(const Configured& certificate) const
{
    const auto folder = folder_ / certificate.name;
    SEALPOST_CHECK(files::remove_file(folder / request_file));
    SEALPOST_CHECK(files::remove_file(folder / request_key_file));
    return forget_previous_request(certificate);
}

Result<> Store::forget_previous_request(const Configured& certificate) const
{
    const auto folder = folder_ / certificate.name;
    SEALPOST_CHECK(files::remove_file(folder / previous_key_file));
    return files::sync_directory(folder);
}

Result<Finding> Store::check(const std::string& name, const Material& material) const
{
    SEALPOST_TRY(const auto* certificate, require(name, true));
    const Kept kept = load_kept(*certificate);
    return prepare(material, kept, *trust_, {certificate->names, clock_->now()}).finding;
}

Result<Installed> Store::install(const std::string& name, const Material& material, bool even_though_it_does_not_verify) const
{
    SEALPOST_TRY(const auto* certificate, require(name, true));
    const PairFiles pair_files = files_of(*certificate);
    SEALPOST_TRY(const auto held, lock(*certificate, pair_files.folder()));
    const Kept kept = load_kept(*certificate);
    auto prepared = prepare(material, kept, *trust_, {certificate->names, clock_->now()});
    Installed installed;
    installed.left_out = std::move(prepared.left_out);
    installed.is_installed = prepared.finding.may_be_installed(even_though_it_does_not_verify);
    if (installed.is_installed) {
        SEALPOST_CHECK(pair_files.install({prepared.finding.chain, *prepared.key}));
        if (prepared.is_of_request) SEALPOST_CHECK(forget_request(*certificate));
        if (prepared.is_of_previous_request) SEALPOST_CHECK(forget_previous_request(*certificate));
    }
    installed.finding = std::move(prepared.finding);
    return installed;
}

Result<Pair> Store::make_demo(const Configured& certificate) const
{
    const WallTime now = clock_->now();
    crypto::CertificateOrder order;
    order.dns_names = certificate.names;
    Subject subject;
    subject.organization = demo_organization;
    order.subject = format_subject(subject, certificate.names.front());
    order.not_before = now - std::chrono::hours(1);  // clocks differ
    order.not_after = now + demo_life;
    SEALPOST_TRY(auto key, crypto::PrivateKey::make_of_type(certificate.key_type));
    SEALPOST_TRY(auto leaf, crypto::make_certificate(order, key));
    Pair pair{{std::move(leaf)}, std::move(key)};
    return pair;
}

Result<bool> Store::prepare_one(const Configured& certificate) const
{
    const PairFiles pair_files = files_of(certificate);
    SEALPOST_TRY(const auto held, lock(certificate, pair_files.folder()));
    SEALPOST_CHECK(pair_files.recover());
    SEALPOST_TRY(const auto pair, pair_files.load());
    const bool stays = pair && (!is_demo(pair->chain.front()) ||
                                (find_end(pair->chain) > clock_->now() && names_all(pair->chain.front(), certificate.names)));
    if (stays) return false;
    SEALPOST_TRY(const auto demo, make_demo(certificate));
    SEALPOST_CHECK(pair_files.install(demo));
    return true;
}

Result<std::vector<std::string>> Store::prepare_start() const
{
    std::vector<std::string> made;
    for (const auto& certificate : certificates_) {
        if (!certificate.is_kept_by_node()) continue;
        auto is_made = prepare_one(certificate);
        if (is_made.has_error()) return is_made.error().in("certificate \"" + certificate.name + "\"");
        if (*is_made) made.push_back(certificate.name);
    }
    return made;
}

std::vector<config::Problem> find_problems(const config::NodeConfig& config, const Store& store)
{
    std::vector<config::Problem> problems;
    for (const auto& certificate : config.certificates) {
        if (certificate.is_kept_by_node() || !config::check_files_of(config, certificate).empty()) continue;
        const auto pair = store.load(certificate.name);
        if (pair.has_value()) continue;
        problems.push_back(
            {config.file.string(), 0, "certificate.name", pair.error().text,
             "chain: the certificate and its intermediates in PEM; key: that of the certificate, without a password"});
    }
    return problems;
}

std::string wait_for_authority(const std::string& authority)
{
    return "nothing by hand: the running node asks " + authority + " for one; acme.failed in the log says what stands in the way";
}

std::vector<config::Problem> find_weaknesses(const config::NodeConfig& config, const Store& store)
{
    std::vector<config::Problem> weaknesses;
    const std::string file = config.file.string();
    for (const auto& entry : store.list()) {
        const std::string who = "certificate \"" + entry.name + "\"";
        const std::string way = "sealpost cert csr " + entry.name + ", then sealpost cert import " + entry.name;
        const bool is_requested = !entry.acme.empty();  // an authority gives it once the node runs
        if (entry.state == State::none && is_requested) continue;
        if (entry.state == State::none && entry.is_kept_by_node)
            weaknesses.push_back({file, 0, "certificate.name", entry.finding.detail, way});
        else if (entry.state == State::demo)
            weaknesses.push_back({file, 0, "certificate.name", who + " is the demo certificate, which nobody can verify",
                                  is_requested ? wait_for_authority(entry.acme) : way});
        else if (entry.state != State::none && entry.finding.verdict != Verdict::ok)
            weaknesses.push_back({file, 0, "certificate.name",
                                  who + ": " + std::string(format_verdict(entry.finding.verdict)) + ": " + entry.finding.detail,
                                  entry.finding.fix.en});
    }
    return weaknesses;
}

}  // namespace sealpost::certificates
