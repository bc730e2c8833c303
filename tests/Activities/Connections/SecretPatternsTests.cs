using FluentAssertions;
using Homelab.Activities;
using Xunit;

namespace Homelab.Tests.Activities.Connections;

public sealed class SecretPatternsTests
{
    [Theory]
    [InlineData("my password is hunter2, why does it fail?", "hunter2")]
    [InlineData("POSTGRES_PASSWORD=hunter2\nPORT=5432", "hunter2")]
    [InlineData("{\"apiKey\": \"abc def\"}", "abc def")]
    [InlineData("Authorization: Bearer abcdef", "abcdef")]
    [InlineData("postgres://ops:hunter2@db/x", "hunter2")]
    [InlineData("ghp_0123456789012345678901234567890123456", "ghp_")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIIE\n", "MIIE")]
    public void Hide_WhatLooksLikeASecret_IsGone(string text, string secret) => SecretPatterns.Hide(text).Should().NotContain(secret);

    [Theory]
    [InlineData("why does a container restart with code 137?")]
    [InlineData("the token is expired")]
    [InlineData("ops@lab.test at 10.0.0.1:5432")]
    public void Hide_AnythingElse_Stays(string text) => SecretPatterns.Hide(text).Should().Be(text);
}
