using System.Collections;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>NCalc's IterateParameters: lists of one length are walked in step, one result each.</summary>
internal static class ParameterIteration
{
    public static object? Run(IReadOnlyDictionary<string, object?> parameters, Func<IReadOnlyDictionary<string, object?>, object?> evaluate)
    {
        var lists = parameters.Where(entry => entry.Value is IEnumerable and not string)
            .Select(entry => KeyValuePair.Create(entry.Key, ((IEnumerable)entry.Value!).Cast<object?>().ToList())).ToList();
        if (lists.Count == 0)
            return evaluate(parameters);

        var count = lists[0].Value.Count;
        if (lists.Exists(list => list.Value.Count != count))
        {
            throw new ExpressionEvaluationException(
                ExpressionFailure.InvalidArgument, "When IterateParameters option is used, IEnumerable parameters must have the same number of items");
        }

        var results = new List<object?>(count);
        for (var i = 0; i < count; i++)
        {
            var step = new Dictionary<string, object?>(parameters, (parameters as Dictionary<string, object?>)?.Comparer);
            foreach (var (name, values) in lists)
                step[name] = values[i];
            results.Add(evaluate(step));
        }

        return results;
    }
}
