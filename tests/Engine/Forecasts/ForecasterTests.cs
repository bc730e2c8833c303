using FluentAssertions;
using Homelab.Engine.Controls;
using Homelab.Engine.Forecasts;
using Xunit;

namespace Homelab.Tests.Engine.Forecasts;

public sealed class ForecasterTests
{
    private static readonly DateTimeOffset End = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Make_DiskThatFills_SaysWhenWithAnInterval()
    {
        var forecast = Make(720, 100, i => 40 + (i / 24.0) + Noise(i, 0.2));
        forecast.SlopePerDay.Should().BeApproximately(1, 0.05);
        forecast.Skill.Should().BeGreaterThan(0.7);
        (forecast.Reaches / 24).Should().BeNull("70 % and a percent a day is full after the month ahead");
        var sooner = Make(720, 100, i => 60 + (i / 24.0) + Noise(i, 0.2));
        (sooner.Reaches!.Value / 24).Should().BeApproximately(10, 0.7);
        sooner.Earliest.Should().BeLessThan(sooner.Reaches!.Value);
        sooner.Latest.Should().BeGreaterThan(sooner.Reaches.Value);
        sooner.Horizons.Select(point => point.Hours).Should().Equal(24, 168, 720);
    }

    [Fact]
    public void Make_DayAndWeek_AreLearned()
    {
        var forecast = Make(720, null, i => 50 + (20 * Math.Sin((i + 12) % 24 * Math.Tau / 24)) + Noise(i, 1));
        forecast.Season.Should().Contain("day");
        forecast.SlopePerDay.Should().BeApproximately(0, 0.2);
        forecast.Curve.Where(point => point.Hours % 24 == 18).Average(point => point.Value).Should().BeGreaterThan(forecast.Curve.Where(point => point.Hours % 24 == 6).Average(point => point.Value) + 30, "it is high at six in the morning and low at six in the evening");
    }

    [Fact]
    public void Make_RandomWalk_IsNoBetterThanNaive()
    {
        var (value, random) = (50.0, new Random(7));
        var forecast = Make(720, 100, _ => value += random.NextDouble() - 0.5);
        forecast.Skill.Should().BeLessThan(0.25);
        forecast.Horizons[1].High.Should().BeGreaterThan(forecast.Horizons[0].High, "further ahead is less sure");
    }

    [Fact]
    public void Make_FlatLine_IsNoBetterThanNaive() => Make(720, 100, _ => 42).Skill.Should().Be(0);

    [Fact]
    public void Make_CleanedUpDisk_LearnsFromWhatCameSince()
    {
        var forecast = Make(720, 100, i => i < 480 ? 30 + (i * 0.12) + Noise(i, 0.2) : 20 + ((i - 480) * 0.12) + Noise(i, 0.2));
        forecast.SlopePerDay.Should().BeApproximately(2.9, 0.2);
        (forecast.Reaches!.Value / 24).Should().BeApproximately((100 - 48.8) / 2.88, 2);
    }

    [Fact]
    public void Make_WildValuesAndGaps_DoNotMoveIt()
    {
        var forecast = Make(720, 100, i => i % 50 == 7 ? 99 : i % 11 == 3 ? double.NaN : 60 + (i / 24.0) + Noise(i, 0.2));
        forecast.SlopePerDay.Should().BeApproximately(1, 0.1);
    }

    [Fact]
    public void Make_IntervalsOnOneHundredSeries_HoldAboutFourInFive()
    {
        var inside = 0;
        for (var series = 0; series < 60; series++)
        {
            var random = new Random(series);
            var deviation = 0.0;
            double[] y = [.. Enumerable.Range(0, 720).Select(i => 30 + (series % 3 * i * 0.01) + (5 * Math.Sin(i * Math.Tau / 24)) + (deviation = (0.8 * deviation) + (random.NextDouble() * 4) - 2))];
            var point = Forecaster.Make(y[..696], End, null)!.Horizons[0];
            inside += y[719] >= point.Low && y[719] <= point.High ? 1 : 0;
        }

        inside.Should().BeInRange(36, 58, "80 % is meant");
    }

    [Fact]
    public void Make_TooShortOrEmpty_IsNoForecast()
    {
        Forecaster.Make([.. Enumerable.Repeat(1.0, 40)], End, 100).Should().BeNull();
        Forecaster.Make([.. Enumerable.Repeat(double.NaN, 720)], End, 100).Should().BeNull();
        Forecaster.Make([.. Enumerable.Repeat(1.0, 500), .. Enumerable.Repeat(double.NaN, 220)], End, 100).Should().BeNull("it ended long ago");
    }

    [Fact]
    public void Leak_SteadyGrowth_IsOneAndADayIsNone()
    {
        Detectors.Leak(Fine(i => 40 + (i * 0.02) + Noise(i, 0.05)))!.PerHour.Should().BeApproximately(0.24, 0.05);
        Detectors.Leak(Fine(i => 50 + (10 * Math.Sin(i * Math.Tau / 288)))).Should().BeNull();
        Detectors.Leak(Fine(i => 50 + Noise(i, 3))).Should().BeNull();
        Detectors.Leak(Fine(i => 50 + (i % 100 * 0.1))).Should().BeNull("it falls back");
    }

    [Fact]
    public void CompareWithDays_AtNightWhatIsUsualAtNoon_IsOdd()
    {
        static double Daily(int i) => 50 + (20 * Math.Sin(i * Math.Tau / 288)) + Noise(i, 1);
        Detectors.CompareWithDays(Fine(Daily))!.IsAnomaly.Should().BeFalse();
        var odd = Detectors.CompareWithDays(Fine(i => i >= 2301 ? Daily(i) + 15 : Daily(i)))!;
        odd.IsAnomaly.Should().BeTrue();
        odd.Score.Should().BeGreaterThan(3);
        Detectors.CompareWithDays(Fine(i => i == 2303 ? 95 : Daily(i)))!.IsAnomaly.Should().BeFalse("one odd scrape is none");
    }

    [Fact]
    public void Degradation_ThirtyPercentSlower_IsSeen()
    {
        Detectors.Degradation(Fine(i => (i >= 2016 ? 1.3 : 1.0) + Noise(i, 0.05))).Should().BeApproximately(0.3, 0.03);
        Detectors.Degradation(Fine(i => 1 + Noise(i, 0.2))).Should().BeLessThan(0.1);
    }

    [Fact]
    public void Recurring_SundayNight_IsNamed()
    {
        double[] y = [.. Enumerable.Range(0, 720).Select(i => SeriesModel.HourOfWeek(End.AddHours(i - 719)) == (6 * 24) + 2 ? 90 : 30 + Noise(i, 2))];
        var pattern = Detectors.Recurring(y, End).Should().ContainSingle().Subject;
        (pattern.Day, pattern.HourOfDay, pattern.Direction).Should().Be((DayOfWeek.Sunday, 2, "higher"));
    }

    [Fact]
    public void Quietest_IsInTheWindowAndInTime()
    {
        double?[] history = [.. Enumerable.Range(0, 720).Select(i => End.AddHours(i - 719).Hour is var hour && hour is 3 ? 1.0 : hour is 14 ? 0.5 : (double?)50)];
        var window = WeeklyWindow.Parse("* 02:00-05:00").Window!;
        Sizing.Quietest(history, End, End, null, [window], TimeZoneInfo.Utc).Hour.Should().Be(3);
        Sizing.Quietest(history, End, End, null, [], TimeZoneInfo.Utc).Hour.Should().Be(14);
        Sizing.Quietest(history, End, End, End.AddHours(4), [window], TimeZoneInfo.Utc).Should().Be(End, "no window opens in time");
    }

    [Fact]
    public void Raise_And_Lower_AreRoundAndWorthIt()
    {
        Sizing.Raise("memory", 256 << 20, 95, 70).Should().Be(352 << 20);
        Sizing.Lower("memory", 1024L << 20, 20, 70).Should().Be(304 << 20);
        Sizing.Lower("memory", 1024L << 20, 60, 70).Should().BeNull();
        Sizing.Raise("processors", 1, 120, 70).Should().Be(1.8);
        Sizing.Replicas(1, 80, 70).Should().Be(2);
        Sizing.Replicas(2, 30, 70).Should().Be(3, "it was asked for, so there is one more at least");
        Sizing.Replicas(3, 140, 70).Should().Be(6);
    }

    [Theory]
    [InlineData(1, 5, false)]
    [InlineData(2, 70, true)]
    [InlineData(2, 71, false)]
    [InlineData(4, 210, true)]
    public void IsOneTooMany_OthersStayAtTheTarget_IsSo(double count, double peak, bool tooMany) => Sizing.IsOneTooMany(count, peak, 70).Should().Be(tooMany);

    [Theory]
    [InlineData(90, 64, 128, 70)]
    [InlineData(200, 64, 128, 150)]
    [InlineData(20, 64, 128, 70)]
    public void HelpedBelow_IsTheTargetOrHalfOfTheWayThere(double used, double from, double to, double below) => Sizing.HelpedBelow(used, from, to, 70).Should().Be(below);

    [Fact]
    public void Most_SeveralRooms_TheSmallestCounts()
    {
        new ScaleState(1, new HostRoom(100, 40), new HostRoom(100, 80)).Most(15).Should().Be(6);
        new ScaleState(2, new HostRoom(1000, 100, Each: 100), new HostRoom(8, 4, Each: 2)).Most(0).Should().Be(4);
    }

    private static SeriesForecast Make(int hours, double? limit, Func<int, double> value) => Forecaster.Make([.. Enumerable.Range(0, hours).Select(value)], End, limit)!;

    private static double[] Fine(Func<int, double> value) => [.. Enumerable.Range(0, 8 * 288).Select(value)];

    /// <summary>The same each time, without a period of its own.</summary>
    private static double Noise(int i, double size) => size * (((((uint)i * 2654435761u) >> 8) % 1000 / 500.0) - 1);
}
