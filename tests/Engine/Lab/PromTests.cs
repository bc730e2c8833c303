using FluentAssertions;
using Homelab.Engine.Lab.Metrics;
using Xunit;
using World = Homelab.Engine.Lab.World;

namespace Homelab.Tests.Engine.Lab;

/// <summary>The part of PromQL that the lab speaks.</summary>
public sealed class PromTests
{
    private static readonly DateTimeOffset Now = new(2026, 4, 14, 14, 0, 0, TimeSpan.Zero);
    private readonly SeriesStore _store = new(TimeSpan.FromHours(1));

    public PromTests()
    {
        for (var step = 0; step <= 60; step++)
        {
            _store.Scrape(Now.AddSeconds((step - 60) * 5), [
                Of("up", 1, ("job", "node"), ("host", "nas")), Of("up", 0, ("job", "node"), ("host", "pve1")), Of("used", 90, ("host", "nas")), Of("size", 100, ("host", "nas")),
                Of("requests_total", step * 10, ("code", "200")), Of("requests_total", step * 5, ("code", "500")),
            ]);
        }
    }

    [Theory]
    [InlineData("up == 0", 1, 0)]
    [InlineData("up{host=~\"n.*\"}", 1, 1)]
    [InlineData("up{host!=\"nas\"}", 1, 0)]
    [InlineData("sum(up)", 1, 1)]
    [InlineData("count by (job) (up)", 1, 2)]
    [InlineData("used / size > 0.8", 1, 0.9)]
    [InlineData("used / size > 0.95", 0, 0)]
    [InlineData("100 - used", 1, 10)]
    [InlineData("sum(rate(requests_total[1m]))", 1, 3)]
    [InlineData("increase(requests_total{code=\"500\"}[100s])", 1, 95)]
    [InlineData("max_over_time(requests_total{code=\"200\"}[5m] )", 1, 600)]
    [InlineData("deriv(requests_total{code=\"200\"}[2m])", 1, 2)]
    [InlineData("up == 0 and on (host) up", 1, 0)]
    [InlineData("up unless up == 0", 1, 1)]
    [InlineData("absent(nothing)", 1, 1)]
    [InlineData("-used", 1, -90)]
    [InlineData("avg_over_time((100 * used / size)[2m:30s])", 1, 90)]
    [InlineData("max_over_time((requests_total{code=\"200\"} - 100)[1m:])", 1, 500)]
    public void Evaluate_AnExpression_Answers(string expression, int count, double first)
    {
        var samples = new PromEvaluator(_store, Now).Vector(PromParser.Parse(expression));
        samples.Should().HaveCount(count);
        if (count > 0)
            samples[0].Value.Should().BeApproximately(first, 0.001);
    }

    [Theory]
    [InlineData("up ==")]
    [InlineData("holt_winters(up[5m], 0.5, 0.5)")]
    [InlineData("up{host=nas}")]
    [InlineData("sum_over_time((up)[5m])")]
    public void Evaluate_WhatItDoesNotKnow_IsRefused(string expression) =>
        FluentActions.Invoking(() => new PromEvaluator(_store, Now).Vector(PromParser.Parse(expression))).Should().Throw<PromException>();

    [Fact]
    public void Rules_OfTheLab_AreReadAndQuietOnAHealthyHomelab()
    {
        var homelab = new World.Homelab(1, Now);
        var store = new SeriesStore(TimeSpan.FromHours(1));
        var rules = AlertRules.Load();
        for (var step = 0; step < 30; step++)
        {
            homelab.PassTo(Now.AddSeconds(step * 5));
            store.Scrape(homelab.Now, HomelabMetrics.Of(homelab));
            rules.SelectMany(rule => rule.Evaluate(store, homelab.Now)).Should().BeEmpty();
        }

        rules.Should().HaveCountGreaterThan(20);
    }

    private static Sample Of(string name, double value, params (string Name, string Value)[] labels) =>
        new(new([KeyValuePair.Create(SeriesLabels.Name, name), .. labels.Select(label => KeyValuePair.Create(label.Name, label.Value))]), value);
}
