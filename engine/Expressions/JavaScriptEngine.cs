using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Jurassic;
using Jurassic.Library;

namespace Homelab.Engine.Expressions;

/// <summary>One Jurassic engine with Elsa's functions. Used by one thread at a time.</summary>
internal sealed class JavaScriptEngine
{
    private const int MaximumFunctions = 2_000;

    private static readonly CompiledEval Prelude = CompiledEval.Compile(new StringScriptSource(
        """
        (function () {
          function define(o, n, f) { if (!o[n]) Object.defineProperty(o, n, { value: f, enumerable: false }); }
          define(Object, 'values', function (o) { return Object.keys(o).map(function (k) { return o[k]; }); });
          define(Object, 'entries', function (o) { return Object.keys(o).map(function (k) { return [k, o[k]]; }); });
          define(Array.prototype, 'includes', function (x) { for (var i = 0; i < this.length; i++) if (this[i] === x || (x !== x && this[i] !== this[i])) return true; return false; });
          define(String.prototype, 'padStart', function (n, p) { p = p === undefined ? ' ' : String(p); var s = String(this); if (n > 1000000) throw new RangeError('too long'); while (p && s.length < n) s = (n - s.length < p.length ? p.slice(0, n - s.length) : p) + s; return s; });
          define(String.prototype, 'padEnd', function (n, p) { p = p === undefined ? ' ' : String(p); var s = String(this); if (n > 1000000) throw new RangeError('too long'); while (p && s.length < n) s += p.slice(0, n - s.length); return s; });
          var repeat = String.prototype.repeat, join = Array.prototype.join, RealDate = Date, now = __now;
          String.prototype.repeat = function (n) { if (n * this.length > 1000000) throw new RangeError('too long'); return repeat.call(this, n); };
          Array.prototype.join = function (s) { if (this.length > 1000000) throw new RangeError('too long'); return join.call(this, s); };
          var Fake = function (a, b, c, d, e, f, g) {
            if (!(this instanceof Fake)) return new RealDate(now()).toString();
            switch (arguments.length) {
              case 0: return new RealDate(now());
              case 1: return new RealDate(a);
              default: return new RealDate(a, b, c === undefined ? 1 : c, d || 0, e || 0, f || 0, g || 0);
            }
          };
          Fake.prototype = RealDate.prototype;
          Fake.now = now; Fake.parse = RealDate.parse; Fake.UTC = RealDate.UTC;
          RealDate.prototype.constructor = Fake;
          Date = Fake;
          Math.random = __random;
          [Object, Function, Array, String, Number, Boolean, RegExp, Error, Map, Set, Symbol, Fake].forEach(function (t) {
            Object.freeze(t); if (t.prototype) { if (t === Function) t.prototype.constructor = undefined; Object.freeze(t.prototype); }
          });
          Object.freeze(Math); Object.freeze(JSON);
        })();
        var LogPersistenceMode = Object.freeze({ Inherit: 'Inherit', Include: 'Include', Exclude: 'Exclude' });
        """));

    private readonly ScriptEngine _engine = new() { EnableExposedClrTypes = false };
    private readonly Dictionary<JavaScript, FunctionInstance> _functions = [];
    private readonly Dictionary<string, object> _baseline = [];
    private readonly JavaScriptLimits _limits;
    private readonly TimeProvider _time;
    private IExpressionScope? _scope;
    private long _started;
    private long _allocated;
    private int _checks;

    public JavaScriptEngine(JavaScriptLimits limits, TimeProvider time)
    {
        (_limits, _time) = (limits, time);
        _engine.RecursionDepthLimit = limits.Recursion;
        _engine.SetGlobalFunction("__now", new Func<double>(() => Scope.Now.ToUnixTimeMilliseconds()));
        _engine.SetGlobalFunction("__random", new Func<double>(() => Scope.NextRandom()));
        AddFunctions();
        // Math.random and Date call the scope when used, not now.
        Prelude.Evaluate(_engine);
        // Code made at run time would have no checks in it.
        foreach (var name in (string[])["eval", "Function", "__now", "__random"])
            if (!_engine.Global.Delete(name, false))
                _engine.Global[name] = Undefined.Value;
        _engine.SetGlobalFunction("__check", new Func<bool>(Check));
        foreach (var property in _engine.Global.Properties)
            if (property.Key is string name)
                _baseline[name] = _engine.Global[name];
    }

    private IExpressionScope Scope => _scope ?? throw new InvalidOperationException("No expression is being evaluated.");

    public JsonNode? Run(JavaScript script, IExpressionScope scope)
    {
        _scope = scope;
        _started = _time.GetTimestamp();
        _allocated = GC.GetAllocatedBytesForCurrentThread();
        _checks = 0;
        try
        {
            AddAccessors(script, scope);
            var before = script.UsesVariables ? AddVariables(scope) : null;
            if (script.UsesArguments)
                _engine.Global["args"] = ToScript(scope.Arguments ?? []);
            var value = script.IsFunction ? Function(script).Call(_engine.Global) : script.Compiled!.Evaluate(_engine); // compiled: Evaluate checked Error
            var result = ToNode(value, 0);
            if (before is not null)
                TakeVariables(scope, before);
            Clean();
            return result;
        }
        catch (JavaScriptException error)
        {
            throw new ExpressionFailure($"The script failed{(error.LineNumber > 0 ? $" at line {error.LineNumber}" : "")}: {error.Message}", error);
        }
        catch (StackOverflowException error)
        {
            throw new ExpressionFailure($"The script called itself deeper than {_limits.Recursion} times. Use a loop.", error);
        }
        catch (Exception error) when (error is InvalidCastException or FormatException or ArgumentException or InvalidOperationException or NotImplementedException)
        {
            throw new ExpressionFailure($"The script failed: {error.Message}", error);
        }
        finally
        {
            _scope = null;
        }
    }

    private bool Check()
    {
        if ((++_checks & 63) == 0)
        {
            if (_time.GetElapsedTime(_started) > _limits.Time)
                throw new ExpressionFailure($"The script ran longer than {_limits.Time.TotalSeconds:0.#} s and was stopped. Do the work in an activity.");
            if (GC.GetAllocatedBytesForCurrentThread() - _allocated > _limits.Bytes)
                throw new ExpressionFailure($"The script used more than {_limits.Bytes / 1024 / 1024} MB and was stopped.");
        }

        return true;
    }

    private FunctionInstance Function(JavaScript script)
    {
        if (_functions.TryGetValue(script, out var function))
            return function;
        if (_functions.Count >= MaximumFunctions)
            _functions.Clear();
        return _functions[script] = (FunctionInstance)script.Compiled!.Evaluate(_engine); // compiled: Evaluate checked Error
    }

    private void AddFunctions()
    {
        Add("getWorkflowDefinitionId", () => Scope.DefinitionId);
        Add("getWorkflowDefinitionVersionId", () => Scope.DefinitionVersionId);
        Add("getWorkflowDefinitionVersion", () => Scope.DefinitionVersion);
        Add("getWorkflowInstanceId", () => Scope.RunId);
        Add("getWorkflowInstanceName", () => Text(Scope.Name));
        Add("setWorkflowInstanceName", value => Scope.Name = TextOf(value));
        Add("getCorrelationId", () => Text(Scope.CorrelationId));
        Add("setCorrelationId", value => Scope.CorrelationId = TextOf(value));
        Add("getVariable", name => Variable(TextOf(name) ?? ""));
        _engine.SetGlobalFunction("setVariable", new Action<object, object>((name, value) => SetVariable(TextOf(name) ?? "", value)));
        Add("getInput", name => ToScript(Scope.TryGetInput(TextOf(name) ?? "", out var value) ? value : null));
        _engine.SetGlobalFunction("getOutputFrom", new Func<object, object, object>((activity, output) => ToScript(Scope.GetOutput(TextOf(activity) ?? "", TextOf(output)))));
        Add("getLastResult", () => ToScript(Scope.LastResult));
        Add("isNullOrWhiteSpace", value => string.IsNullOrWhiteSpace(TextOf(value)));
        Add("isNullOrEmpty", value => string.IsNullOrEmpty(TextOf(value)));
        Add("parseGuid", value => Guid.Parse(TextOf(value) ?? "").ToString());
        foreach (var name in (string[])["getGuid", "newGuid", "getGuidString", "newGuidString"])
            Add(name, () => Scope.NewGuid().ToString());
        foreach (var name in (string[])["getShortGuid", "newShortGuid"])
            Add(name, () => Convert.ToBase64String(Scope.NewGuid().ToByteArray()).Replace("/", "", StringComparison.Ordinal).Replace("+", "", StringComparison.Ordinal).Replace("=", "", StringComparison.Ordinal));
        Add("toJson", value => ToNode(value, 0)?.ToJsonString(ValueConverter.Escaped) ?? "null");
        Add("bytesToString", value => Encoding.UTF8.GetString(Bytes(value)));
        Add("bytesFromString", value => Bytes(Encoding.UTF8.GetBytes(TextOf(value) ?? "")));
        Add("bytesToBase64", value => Convert.ToBase64String(Bytes(value)));
        Add("bytesFromBase64", value => Bytes(Convert.FromBase64String(TextOf(value) ?? "")));
        Add("streamToBytes", value => Bytes(Bytes(value)));
        Add("streamToBase64", value => Convert.ToBase64String(Bytes(value)));
        Add("stringToBase64", value => Convert.ToBase64String(Encoding.UTF8.GetBytes(TextOf(value) ?? "")));
        Add("stringFromBase64", value => Encoding.UTF8.GetString(Convert.FromBase64String(TextOf(value) ?? "")));
        Add("setOutcome", value => (Scope.Outcomes = [TextOf(value) ?? ""]) is null);
        Add("setOutcomes", value => (Scope.Outcomes = [.. ValueConverter.ToItems(ToNode(value, 0)).Select(item => ValueConverter.ToText(item) ?? "")]) is null);
    }

    private void Add(string name, Func<object?> function) => _engine.SetGlobalFunction(name, new Func<object>(() => function() ?? Null.Value));

    private void Add(string name, Func<object, object?> function) => _engine.SetGlobalFunction(name, new Func<object, object>(value => function(value) ?? Null.Value));

    private void AddAccessors(JavaScript script, IExpressionScope scope)
    {
        foreach (var accessor in script.Accessors)
        {
            var variable = scope.VariableNames.FirstOrDefault(name => JavaScriptAccessors.Pascal(name) == accessor.Subject);
            if (variable is not null)
            {
                if (accessor.IsSetter)
                    _engine.SetGlobalFunction(accessor.Name, new Action<object>(value => SetVariable(variable, value)));
                else
                    _engine.SetGlobalFunction(accessor.Name, new Func<object>(() => Variable(variable)));
                continue;
            }

            if (accessor.IsSetter)
                continue;
            // One that was given undeclared does not take the place of a function of Elsa's.
            var input = scope.InputNames.FirstOrDefault(name => JavaScriptAccessors.Pascal(name) == accessor.Subject && !_baseline.ContainsKey(accessor.Name))
                ?? scope.DeclaredInputNames.FirstOrDefault(name => name == accessor.Subject);
            if (input is not null)
            {
                _engine.SetGlobalFunction(accessor.Name, new Func<object>(() => ToScript(Scope.TryGetInput(input, out var value) ? value : null)));
                continue;
            }

            var from = accessor.Subject.LastIndexOf("From", StringComparison.Ordinal);
            if (from > 0 && scope.HasActivity(accessor.Subject[(from + 4)..]))
                _engine.SetGlobalFunction(accessor.Name, new Func<object>(() => ToScript(Scope.GetOutputByPascalName(accessor.Subject[(from + 4)..], accessor.Subject[..from]))));
        }
    }

    /// <summary>A date is a Date to a script, as it is in Elsa.</summary>
    private object Variable(string name)
    {
        Scope.TryGetVariable(name, out var value);
        return value is not null && Scope.KindOfVariable(null, name) == ValueKind.DateTime && ValueConverter.ToDate(value) is { } date
            ? _engine.Date.Construct((double)date.ToUnixTimeMilliseconds())
            : ToScript(value);
    }

    /// <summary>Also where the script sees the variables: what it reads of them next is what it has set.</summary>
    private void SetVariable(string name, object value)
    {
        Scope.SetVariable(name, ToNode(value, 0));
        if (_engine.Global["variables"] is ObjectInstance variables)
            variables[name] = value;
    }

    private Dictionary<string, string?> AddVariables(IExpressionScope scope)
    {
        var before = new Dictionary<string, string?>();
        var variables = _engine.Object.Construct();
        foreach (var name in scope.VariableNames)
        {
            if (before.ContainsKey(name) || !scope.TryGetVariable(name, out _))
                continue;
            before[name] = ToNode(Variable(name), 0)?.ToJsonString();
            variables[name] = Variable(name);
        }

        _engine.Global["variables"] = variables;
        return before;
    }

    private void TakeVariables(IExpressionScope scope, Dictionary<string, string?> before)
    {
        if (_engine.Global["variables"] is not ObjectInstance variables)
            return;
        // As in Elsa nothing is no value to set, and a name that no variable has makes one.
        foreach (var property in variables.Properties)
            if (property.Key is string name && ToNode(variables[name], 0) is { } value && (!before.TryGetValue(name, out var json) || value.ToJsonString() != json))
                scope.SetVariable(name, value);
    }

    /// <summary>What a script left in the global object goes, and what it replaced comes back.</summary>
    private void Clean()
    {
        List<string>? strange = null;
        foreach (var property in _engine.Global.Properties)
            if (property.Key is string name && (!_baseline.TryGetValue(name, out var value) || !ReferenceEquals(value, property.Value) && !Equals(value, property.Value)))
                (strange ??= []).Add(name);
        foreach (var name in strange ?? [])
        {
            if (_baseline.TryGetValue(name, out var value))
                _engine.Global[name] = value;
            else
                _engine.Global.Delete(name, false);
        }
    }

    private static object Text(string? value) => value is null ? Null.Value : value;

    private static string? TextOf(object? value) => value switch
    {
        null or Undefined or Null => null,
        _ => TypeConverter.ToString(value),
    };

    private byte[] Bytes(object value) => ToNode(value, 0) is JsonArray items
        ? [.. items.Select(item => (byte)ValueConverter.ToInteger(item))]
        : Encoding.UTF8.GetBytes(TextOf(value) ?? "");

    private ArrayInstance Bytes(byte[] bytes) => _engine.Array.New([.. bytes.Select(value => (object)(int)value)]);

    private object ToScript(JsonNode? value)
    {
        switch (value)
        {
            case null:
                return Null.Value;
            case JsonObject fields:
                var result = _engine.Object.Construct();
                foreach (var (name, field) in fields)
                    result[name] = ToScript(field);
                return result;
            case JsonArray items:
                return _engine.Array.New([.. items.Select(ToScript)]);
            default:
                return value.GetValueKind() switch
                {
                    JsonValueKind.True => true,
                    JsonValueKind.False => false,
                    JsonValueKind.Null => Null.Value,
                    JsonValueKind.String => ValueConverter.ToText(value) ?? "",
                    _ => ValueConverter.AsDouble(value),
                };
        }
    }

    private static JsonNode? ToNode(object? value, int depth)
    {
        if (depth > 64)
            throw new ExpressionFailure("The script's value nests deeper than 64 levels, or contains itself.");
        switch (value)
        {
            case null or Undefined or Null or FunctionInstance or Symbol:
                return null;
            case bool flag:
                return JsonValue.Create(flag);
            case int whole:
                return JsonValue.Create((long)whole);
            case uint whole:
                return JsonValue.Create((long)whole);
            case double number:
                return ValueConverter.FromDouble(number);
            case string or ConcatenatedString:
                return JsonValue.Create(value.ToString());
            case DateInstance date:
                return date.IsValid ? JsonValue.Create(date.ToISOString()) : null;
            case StringInstance or NumberInstance or BooleanInstance:
                return ToNode(((ObjectInstance)value).CallMemberFunction("valueOf"), depth);
            case ArrayInstance array:
                var items = new JsonArray();
                for (uint i = 0; i < array.Length; i++)
                    items.Add(ToNode(array[i], depth + 1));
                return items;
            case ObjectInstance fields:
                var result = new JsonObject();
                foreach (var property in fields.Properties)
                    if (property.IsEnumerable && property.Key is string name && fields[name] is var field and not FunctionInstance)
                        result[name] = ToNode(field, depth + 1);
                return result;
            default:
                return JsonValue.Create(value.ToString());
        }
    }
}
