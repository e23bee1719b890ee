#include "serve/pages/assets.hpp"
#include "serve/pages/show.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace sealpost::pages {
namespace {

bool has_pages() { return !all_assets().empty(); }

TEST(Pages, AreSortedSoThatEachOneIsFoundAgain)
{
    EXPECT_TRUE(std::ranges::is_sorted(all_assets(), {}, &Asset::path));
    for (const Asset& asset : all_assets()) EXPECT_EQ(find_asset(asset.path), &asset) << asset.path;
}

TEST(Pages, AnswerNothingForAPathThatDoesNotExist)
{
    EXPECT_EQ(find_asset(""), nullptr);
    EXPECT_EQ(find_asset("assets/"), nullptr);
    EXPECT_EQ(find_asset("reader/index.html/"), nullptr);
    EXPECT_EQ(find_asset("../etc/passwd"), nullptr);
}

TEST(Pages, HoldTheThreeApplicationsUncachedAndNothingInlineInThem)
{
    if (!has_pages()) GTEST_SKIP() << "built without SEALPOST_WEB";
    for (const char* path : {"reader/index.html", "portal/index.html", "inbox/index.html"}) {
        const Asset* page = find_asset(path);
        ASSERT_NE(page, nullptr) << path;
        EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
        EXPECT_FALSE(page->immutable);
        EXPECT_EQ(show_asset(http::Request(), path).headers.find("Cache-Control"), "no-cache");
        EXPECT_EQ(page->bytes.find("<style"), std::string_view::npos);
        EXPECT_EQ(page->bytes.find("style="), std::string_view::npos);
        EXPECT_EQ(page->bytes.find("<script>"), std::string_view::npos);
        EXPECT_EQ(page->bytes.find("http://"), std::string_view::npos);
        EXPECT_EQ(page->bytes.find("https://"), std::string_view::npos);
    }
}

TEST(Pages, EmbedEveryFileThatAPageAsksFor)
{
    for (const Asset& page : all_assets()) {
        if (!page.path.ends_with(".html")) continue;
        for (auto at = page.bytes.find("\"/assets/"); at != std::string_view::npos; at = page.bytes.find("\"/assets/", at + 1)) {
            const auto path = page.bytes.substr(at + 2, page.bytes.find('"', at + 1) - at - 2);
            const Asset* asset = find_asset(path);
            ASSERT_NE(asset, nullptr) << path;
            EXPECT_EQ(show_asset(http::Request(), path).headers.find("Cache-Control"), "public, max-age=31536000, immutable");
        }
    }
}

TEST(Pages, HaveAnETagOfTheirOwnEach)
{
    std::set<std::string_view> seen;
    for (const Asset& asset : all_assets()) {
        EXPECT_TRUE(asset.etag.starts_with('"') && asset.etag.ends_with('"') && asset.etag.size() == 34) << asset.etag;
        EXPECT_FALSE(asset.bytes.empty()) << asset.path;
        seen.insert(asset.etag);
    }
    EXPECT_EQ(seen.size(), all_assets().size());
}

TEST(Pages, ArePolicedWithoutInlineScriptOrAFrameThatLeadsToOurselves)
{
    EXPECT_EQ(content_security_policy.find("script-src 'self' "), std::string_view::npos);
    EXPECT_NE(content_security_policy.find("frame-src 'none'"), std::string_view::npos);
    EXPECT_NE(content_security_policy.find("require-trusted-types-for 'script'"), std::string_view::npos);
}

}  // namespace
}  // namespace sealpost::pages
