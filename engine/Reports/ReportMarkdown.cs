using System.Globalization;
using System.Text;

namespace Homelab.Engine.Reports;

/// <summary>A report as Markdown: what is downloaded, mailed and posted.</summary>
internal static class ReportMarkdown
{
    public static string Write(Report report)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(report.TimeZone);
        var text = new StringBuilder();
        Line($"# {Title(report)}");
        Line($"{Local(report.Start, "yyyy-MM-dd HH:mm")} to {Local(report.End, "yyyy-MM-dd HH:mm")} ({report.TimeZone})");
        Section("Health");
        Line($"**{report.Health.Score} of 100**{(report.Health.Parts.Any(part => part.Lost > 0) ? "" : ", nothing is wrong")}");
        foreach (var part in report.Health.Parts.Where(part => part.Lost > 0))
            Line($"- {part.Name}: {part.Count} (-{part.Lost})");

        Section("Active issues");
        if (report.Open.Count == 0)
            Line("None.");
        else
            Line(string.Join(", ", report.Open.GroupBy(incident => incident.Severity).Select(group => $"{group.Count()} {group.Key}")) + ". The first three:");
        foreach (var incident in report.Open.Take(3))
            Line($"- **{Escape(incident.Title)}** ({incident.Severity}, {incident.State.Replace('_', ' ')}) since {Local(incident.StartedAt, "yyyy-MM-dd HH:mm")}");

        Section("Resolved");
        Line(report.Ended.Count == 0 ? "None." : $"{report.Numbers.Resolved}, of them {report.Numbers.Autonomous} without a person.");
        foreach (var incident in report.Ended.Take(report.Kind == "daily" ? 20 : 10))
            Line($"- {Escape(incident.Title)}: {How(incident.Resolution)} at {Local(incident.ResolvedAt ?? incident.StartedAt, "yyyy-MM-dd HH:mm")}");

        Section("Waiting for an answer");
        Line(report.Pending.Count == 0 ? "Nothing." : "");
        foreach (var question in report.Pending)
            Line($"- {Escape(question)}");

        Section("What was done");
        if (report.Actions.Count == 0)
            Line("Nothing.");
        else
        {
            Line($"{report.Numbers.Actions} actions, {Rate(report.Numbers.Succeeded, report.Numbers.Actions)} succeeded; {report.Numbers.Automatic} by itself, {report.Numbers.Actions - report.Numbers.Automatic} approved by a person.");
            Line("");
            Line("| when | what | on | result | confidence | decided by |");
            Line("|---|---|---|---|---|---|");
            foreach (var action in report.Actions.Take(20))
                Line($"| {Local(action.At, "MM-dd HH:mm")} | {action.Action} | {Cell(action.Target)} | {action.Result} | {action.Confidence.ToString("0.00", CultureInfo.InvariantCulture)} | {Cell(action.DecidedBy)} |");
        }

        Section("What is expected");
        if (report.Forecasts.Count == 0)
            Line("Nothing runs out. Action: none required.");
        foreach (var forecast in report.Forecasts)
            Line($"- {Escape(forecast.Title)}: {Local(forecast.ReachesAt, "yyyy-MM-dd HH:mm")}. Action: {(forecast.Acts ? "by policy" : "none required yet")}");
        if (report.Kind != "daily")
            Period(report);
        Section("Infrastructure");
        if (report.Connections.Count == 0)
            Line("No connections are configured.");
        else
            Line($"{report.Connections.Count(connection => connection.Reachable)} of {report.Connections.Count} connections answer.");
        foreach (var connection in report.Connections.Where(connection => !connection.Reachable))
            Line($"- {connection.Name}: {Escape(connection.Problem ?? "does not answer")}");
        if (report.Backups.Count > 0)
        {
            Section("Backups");
            foreach (var backup in report.Backups)
                Line($"- {(backup.Ok ? "good" : "**too old or failed**")}: {backup.Name}, {Escape(backup.Text)}");
        }

        Section("Recommendations");
        if (report.Recommendations.Count == 0)
            Line("None: nothing needs to be done.");
        foreach (var advice in report.Recommendations)
            Line($"- {Escape(advice)}");
        return text.ToString();

        void Line(string line) => text.Append(line).Append('\n');

        void Section(string name) => Line($"\n## {name}\n");

        string Local(DateTimeOffset at, string format) => TimeZoneInfo.ConvertTime(at, zone).ToString(format, CultureInfo.InvariantCulture);

        void Outlook(Report made)
        {
            Section("How good forecasts were");
            Line(made.Accuracy.Count == 0 ? "None was due." : "| metric | checked | inside the interval | off by | \"it stays as it is\" was off by |");
            if (made.Accuracy.Count > 0)
                Line("|---|---|---|---|---|");
            foreach (var row in made.Accuracy)
                Line($"| {Cell(row.Metric)} | {row.Checks} | {Percent(100 * row.Inside)} | {Figure(row.Error)} | {Figure(row.NaiveError)} |");
            Section("Resource trends");
            Line(made.Trends.Count == 0 ? "Nothing with a limit moves, or no forecasts are made." : "");
            foreach (var trend in made.Trends)
                Line($"- {Escape(trend.Title)}: {Percent(trend.Used)} of its limit, {(trend.PerMonth < 0 ? "" : "+")}{Percent(trend.PerMonth)} in 30 days");
            if (made.Cost is not { } cost)
                return;
            Section("Cost");
            Line(cost.Limits is { } limits ? Escape(limits) : "Sizes were not reviewed yet.");
            Line($"Saved by smaller limits that stand: {cost.SavedPerMonth.ToString("0.00", CultureInfo.InvariantCulture)} {Escape(cost.Currency)} a month. Limits raised before they were reached: {cost.Prevented}.");
        }

        void Period(Report made)
        {
            Section("The period in numbers");
            Line("| | this time | before |");
            Line("|---|---|---|");
            Line($"| incidents | {made.Numbers.Incidents} | {made.Before.Incidents} |");
            Line($"| a day | {PerDay(made.Numbers.Incidents, made)} | {PerDay(made.Before.Incidents, made)} |");
            Line($"| resolved without a person | {Rate(made.Numbers.Autonomous, made.Numbers.Resolved)} | {Rate(made.Before.Autonomous, made.Before.Resolved)} |");
            Line($"| actions | {made.Numbers.Actions} | {made.Before.Actions} |");
            Line($"| by itself | {made.Numbers.Automatic} | {made.Before.Automatic} |");
            Line($"| actions that succeeded | {Rate(made.Numbers.Succeeded, made.Numbers.Actions)} | {Rate(made.Before.Succeeded, made.Before.Actions)} |");
            Line($"| approved, denied, not answered | {made.Numbers.Approved}, {made.Numbers.Denied}, {made.Numbers.TimedOut} | {made.Before.Approved}, {made.Before.Denied}, {made.Before.TimedOut} |");
            Line($"| runs, failed | {made.Numbers.Runs}, {made.Numbers.FailedRuns} | {made.Before.Runs}, {made.Before.FailedRuns} |");
            Line($"| time to detect | {Span(made.Numbers.Mttd)} | {Span(made.Before.Mttd)} |");
            Line($"| time to resolve | {Span(made.Numbers.Mttr)} | {Span(made.Before.Mttr)} |");
            if (made.IncidentsByKind.Count > 0)
            {
                Section("Most common");
                foreach (var kind in made.IncidentsByKind.Take(5))
                    Line($"- {kind.Name.Replace('_', ' ')}: {kind.Count}");
            }

            Outlook(made);
            if (made.Kind != "monthly")
                return;
            Section("Goals for the next month");
            foreach (var goal in Goals(made))
                Line($"- {goal}");
        }
    }

    public static string Title(Report report) => report.Kind switch
    {
        "daily" => "Daily report",
        "weekly" => "Weekly report",
        "monthly" => "Monthly report",
        _ => "Report",
    };

    /// <summary>From what fell short of the product's own targets.</summary>
    private static IEnumerable<string> Goals(Report report)
    {
        var numbers = report.Numbers;
        var any = false;
        if (numbers.Resolved > 0 && numbers.Autonomous < 0.8 * numbers.Resolved)
        {
            any = true;
            yield return $"Resolve 80 % without a person; it was {Rate(numbers.Autonomous, numbers.Resolved)}.";
        }

        if (numbers.Actions > 0 && numbers.Succeeded < 0.95 * numbers.Actions)
        {
            any = true;
            yield return $"95 % of actions succeed; it was {Rate(numbers.Succeeded, numbers.Actions)}.";
        }

        if (numbers.Mttd > 30)
        {
            any = true;
            yield return $"Detect within 30 s; it took {Span(numbers.Mttd)}.";
        }

        if (report.IncidentsByKind is [{ Count: >= 3 } first, ..])
        {
            any = true;
            yield return $"Half as many of {first.Name.Replace('_', ' ')}; there were {first.Count}.";
        }

        if (!any)
            yield return "Keep it so: every target was met.";
    }

    private static string How(string? resolution) => resolution switch
    {
        "autonomous" => "healed without a person",
        "assisted" => "healed with a person's approval",
        "person" => "resolved by a person",
        "gone" => "went away by itself",
        _ => "ended",
    };

    private static string Percent(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.#} %");

    private static string Figure(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    private static string PerDay(long count, Report report) => (count / Math.Max(1, (report.End - report.Start).TotalDays)).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Rate(long some, long all) => all == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * some / all:0} %");

    private static string Span(double? seconds) => seconds switch
    {
        null => "-",
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        < 7200 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
    };

    private static string Escape(string text) => text.ReplaceLineEndings(" ").Replace("*", "\\*", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal);

    private static string Cell(string text) => Escape(text).Replace("|", "\\|", StringComparison.Ordinal);
}
