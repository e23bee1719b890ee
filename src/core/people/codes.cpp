#include "core/people/codes.hpp"

#include "base/encoding.hpp"
#include "core/people/reference_words.hpp"
#include "core/people/token_text.hpp"
#include "sys/crypto/random.hpp"
#include "sys/db/database.hpp"

namespace sealpost::people {
namespace {

using Digest = crypto::Digest256;

Digest digest_of(std::string_view challenge) { return crypto::sha256(challenge); }

// Even over all 100,000,000 codes: the values above the last whole multiple are drawn again.
Secret draw_code()
{
    constexpr std::uint32_t codes = 100'000'000;
    constexpr std::uint32_t limit = 4'200'000'000;
    while (true) {
        const Secret drawn = crypto::random_secret(4);
        std::uint32_t number = 0;
        for (const auto octet : drawn.reveal()) number = number << 8 | octet;
        if (number >= limit) continue;
        number %= codes;
        Bytes digits(8);
        for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, number /= 10)
            *digit = static_cast<std::uint8_t>('0' + number % 10);
        return Secret(std::move(digits));
    }
}

// Bound to the challenge, so that a stored value says nothing about another one.
Digest mac_of(const Secret& pepper, const Digest& challenge, const Secret& code)
{
    Bytes text(challenge.begin(), challenge.end());
    const ByteView digits = code.reveal();
    text.insert(text.end(), digits.begin(), digits.end());
    const Secret whole(std::move(text));
    return crypto::hmac_sha256(pepper.reveal(), whole.reveal());
}

Result<> delete_code(db::Connection& connection, const Digest& digest)
{
    return connection.prepare("delete from people_code where digest = ?1").bind(1, ByteView(digest)).run();
}

Result<CodeVerdict> judge(db::Connection& connection, const Digest& digest, const Digest& mac, WallTime now)
{
    auto row = connection.prepare("select address, mac, may_sign_in, tries_left, expires_at from people_code where digest = ?1");
    row.bind(1, ByteView(digest));
    SEALPOST_TRY(const bool found, row.step());
    if (!found || row.column_int(3) <= 0 || row.column_time(4) <= now) return CodeVerdict(CodeExpired{});
    const std::string address = row.column_text(0);
    const bool right = crypto::equal_in_constant_time(row.column_bytes(1), mac);
    const bool may_sign_in = row.column_bool(2);
    const int tries_left = static_cast<int>(row.column_int(3)) - 1;
    if (right && may_sign_in) {
        SEALPOST_CHECK(delete_code(connection, digest));
        return CodeVerdict(CodeRight{address});
    }
    auto update = connection.prepare("update people_code set tries_left = ?2 where digest = ?1");
    SEALPOST_CHECK(update.bind(1, ByteView(digest)).bind(2, tries_left).run());
    return CodeVerdict(CodeWrong{tries_left});
}

}  // namespace

Codes::Codes(Store store, Secret pepper)
    : store_(std::move(store)),
      pepper_(std::make_shared<const Secret>(pepper.empty() ? crypto::random_secret(32) : std::move(pepper)))
{
}

Task<Result<Challenge>> Codes::begin(CodeRequest request)
{
    const Secret text = make_token_text("");
    Challenge made{std::string(text.reveal_text()), make_reference(), store_.clock->now() + lifetime, draw_code()};
    const Digest digest = digest_of(made.challenge);
    auto work = [request = std::move(request), digest, mac = mac_of(*pepper_, digest, made.code),
                 expires_at = made.expires_at](db::Connection& connection) -> Result<> {
        SEALPOST_CHECK(delete_code(connection, digest_of(request.replaces.value_or(""))));
        auto insert = connection.prepare(
            "insert into people_code (digest, address, mac, may_sign_in, tries_left, expires_at)"
            " values (?1, ?2, ?3, ?4, ?5, ?6)");
        insert.bind(1, ByteView(digest)).bind(2, request.address).bind(3, ByteView(mac));
        return insert.bind(4, request.may_sign_in ? 1 : 0).bind(5, most_tries).bind(6, expires_at).run();
    };
    auto stored = co_await store_.database->write(std::move(work));
    if (!stored) co_return stored.error();
    co_return made;
}

Task<Result<CodeVerdict>> Codes::check(std::string challenge, Secret code)
{
    const Digest digest = digest_of(challenge);
    auto work = [digest, mac = mac_of(*pepper_, digest, normalise_typed_code(code)),
                 now = store_.clock->now()](db::Connection& connection) { return judge(connection, digest, mac, now); };
    return store_.database->write(std::move(work));
}

Task<Result<std::optional<std::string>>> Codes::find_address(std::string challenge)
{
    auto work = [digest = digest_of(challenge),
                 now = store_.clock->now()](db::Connection& connection) -> Result<std::optional<std::string>> {
        auto row = connection.prepare("select address from people_code where digest = ?1 and tries_left > 0 and expires_at > ?2");
        row.bind(1, ByteView(digest)).bind(2, now);
        SEALPOST_TRY(const bool found, row.step());
        if (!found) return std::optional<std::string>();
        return std::optional(row.column_text(0));
    };
    return store_.database->read(std::move(work));
}

Task<Result<>> Codes::sweep()
{
    auto work = [now = store_.clock->now()](db::Connection& connection) -> Result<> {
        return connection.prepare("delete from people_code where expires_at <= ?1").bind(1, now).run();
    };
    return store_.database->write(std::move(work));
}

}  // namespace sealpost::people
